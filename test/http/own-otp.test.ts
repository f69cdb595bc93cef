import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyOrder } from '../../src/callers/key-order.js';
import type { ErrorCode } from '../../src/errors.js';
import { DATABASES } from '../support/databases.js';
import { type Browser, createBrowser } from './browser.js';
import { API_KEY, type Gateway, job, startGateway } from './harness.js';

const KEY = { 'X-API-KEY': API_KEY };
const [ASHA, OMAR] = ['+201001234567', '+201001234568'];
const at = Date.parse('2026-01-01T00:00:00Z');

/** Nothing goes out by itself: what is asked for waits. */
describe.each(DATABASES)('the own codes of a key, on %s', (databaseKind) => {
  let gateway: Gateway;
  let browser: Browser;
  beforeAll(async () => {
    gateway = await startGateway({ databaseKind });
    browser = createBrowser(gateway);
    await browser.logIn();
    await gateway.addJobs(
      job({ jobId: 1, phoneNumber: ASHA, status: 'sent', sentAt: at, deliveredAt: at }),
      job({ jobId: 2, phoneNumber: OMAR, status: 'failed', error: { code: 'rejected', message: 'No.' } }),
      job({ jobId: 3, phoneNumber: ASHA, caller: 'key:other' }),
      job({ jobId: 4, phoneNumber: ASHA, caller: 'contract:phone', purpose: 'phone-login' }),
      job({ jobId: 5, phoneNumber: ASHA }),
    );
  });
  afterAll(() => gateway.close());

  async function ask(method: string, path: string, headers: Record<string, string> = KEY) {
    const answer = await fetch(`${gateway.url}/api/v1/otp${path}`, { method, headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }
  async function list(query = '') {
    const { status, body } = await ask('GET', query);
    expect(status).toBe(200);
    return { ids: (body.jobs as { jobId: number }[]).map(({ jobId }) => jobId), next: body.nextCursor };
  }
  const refused = (status: number, code: ErrorCode) => ({ status, body: expect.objectContaining({ code }) });

  it('are listed, the newest first, and nobody else’s', async () => {
    expect(await list()).toEqual({ ids: [5, 2, 1], next: null });
    const { body } = await ask('GET', '?limit=1');
    expect(body).toEqual({
      jobs: [
        {
          jobId: 5,
          phoneNumber: ASHA,
          channel: 'whatsapp',
          status: 'pending',
          createdAt: '2026-01-01T00:00:00.000Z',
          sentAt: null,
          deliveredAt: null,
          readAt: null,
          otp_expires_at: '2026-01-01T00:05:00.000Z',
          error: null,
        },
      ],
      nextCursor: '5',
    });
    expect(await list('?limit=1&cursor=5')).toEqual({ ids: [2], next: '2' });
    expect(await list('?limit=1&cursor=2')).toEqual({ ids: [1], next: null });
  });

  it('are found by number, by status and by both', async () => {
    expect((await list(`?phoneNumber=${encodeURIComponent(ASHA)}`)).ids).toEqual([5, 1]);
    expect((await list(`?phoneNumber=${ASHA}`)).ids).toEqual([5, 1]);
    expect((await list('?status=failed')).ids).toEqual([2]);
    expect((await list(`?status=sent&phoneNumber=${encodeURIComponent(ASHA)}`)).ids).toEqual([1]);
    expect((await list(`?phoneNumber=${encodeURIComponent('+447700900123')}`)).ids).toEqual([]);
  });

  it.each(['?status=gone', '?limit=0', '?limit=101', '?cursor=x', '?phoneNumber=5', '?limit=1&limit=2'])(
    'are not listed for %s',
    async (query) => {
      expect(await ask('GET', query)).toEqual(refused(400, 'fields_invalid'));
    },
  );

  it('end where the caller wants it, once', async () => {
    const canceled = await ask('POST', '/5/cancel');
    expect(canceled).toMatchObject({
      status: 200,
      body: { jobId: 5, status: 'canceled', error: { code: 'canceled' }, attempts: [{ status: 'canceled' }] },
    });
    expect(await ask('POST', '/5/cancel')).toEqual(refused(409, 'job_not_cancelable'));
    expect((await ask('GET', '/5')).body.status).toBe('canceled');
    expect((await list('?status=canceled')).ids).toEqual([5]);
    expect((await list('?status=failed')).ids).toEqual([2]);
  });

  it('do not end when they are out, and are nobody else’s to end', async () => {
    expect(await ask('POST', '/1/cancel')).toEqual(refused(409, 'job_not_cancelable'));
    expect(await ask('POST', '/99/cancel')).toEqual(refused(404, 'job_not_found'));
    expect(await ask('POST', '/x/cancel')).toEqual(refused(404, 'job_not_found'));
    // The environment's key may see those of other keys and of contracts.
    for (const jobId of [3, 4]) {
      expect((await ask('GET', `/${jobId}`)).body.status).toBe('pending');
      expect(await ask('POST', `/${jobId}/cancel`)).toEqual(refused(404, 'job_not_found'));
      expect((await ask('GET', `/${jobId}`)).body.status).toBe('pending');
    }
    const order = readKeyOrder({ name: 'shop', scopes: 'otp:send,otp:read' }, gateway.clock.now());
    const { key } = await gateway.callers.keys.create(order, { actor: 'test', address: '' });
    const own = { 'X-API-KEY': key };
    expect(await ask('POST', '/2/cancel', own)).toEqual(refused(404, 'job_not_found'));
    expect((await ask('GET', '', own)).body).toEqual({ jobs: [], nextCursor: null });
  });

  it('are canceled in the dashboard, too, and count as nothing else', async () => {
    const json = async (path: string) =>
      (await (await browser.get(`/admin/api${path}`)).json()) as Record<string, unknown>;
    const found = await json('/jobs?status=canceled');
    expect(found).toMatchObject({ total: 1, jobs: [{ jobId: 5, status: 'canceled', retry: 'ended' }] });
    expect(await json('/jobs?status=failed')).toMatchObject({ total: 1, jobs: [{ jobId: 2 }] });
    expect(await json(`/jobs?status=canceled&q=${encodeURIComponent(ASHA)}`)).toMatchObject({ total: 1 });
    expect(await json('/stats')).toMatchObject({
      pending: 2,
      sent: 1,
      failed: 1,
      canceled: 1,
      lastHour: { failed: 1 },
    });
    const page = await (await browser.get('/admin/jobs/5')).text();
    expect(page).toContain('Canceled by its caller');
    expect(await (await browser.get('/admin/jobs?status=canceled')).text()).toContain('#5');
    await browser.postJson('/admin/api/jobs/5/delete');
    expect(await json('/stats')).toMatchObject({ canceled: 0, failed: 1 });
  });
});
