import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTimeOf } from '../../src/delivery/search/request-ids.js';
import { newRequestId } from '../../src/http/requests/request-id.js';
import { shownPath } from '../../src/http/requests/shown-path.js';
import type { LogFields } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';
import { type Browser, createBrowser } from './browser.js';
import { API_KEY, type Gateway, send, startGateway } from './harness.js';
import { exchange } from './raw.js';

const UUID_7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const KEY = { 'X-API-KEY': API_KEY };

describe.each(DATABASES)('the id of a request, on %s', (databaseKind) => {
  let gateway: Gateway;
  let browser: Browser;
  const lines: { message: string; fields: LogFields }[] = [];
  const note = (message: string, fields: LogFields | (() => LogFields) = {}) =>
    void lines.push({ message, fields: typeof fields === 'function' ? fields() : fields });

  beforeAll(async () => {
    const log = { error: note, warn: note, info: note, debug: note };
    gateway = await startGateway({ databaseKind, sends: true, log });
    browser = createBrowser(gateway);
    await browser.logIn();
  });
  afterAll(() => gateway.close());

  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${gateway.url}${path}`, { redirect: 'manual', ...init });

  async function start(to: string): Promise<{ id: string; requestId: string }> {
    const headers = { ...KEY, 'content-type': 'application/json' };
    const answer = await get('/api/v1/verifications', {
      method: 'POST',
      headers,
      body: JSON.stringify({ to }),
    });
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    return { id, requestId: answer.headers.get('x-request-id') ?? '' };
  }

  it.each([
    ['an answer', '/healthz'],
    ['a page', '/admin/login'],
    ['a file', '/assets/app.css'],
    ['a redirect', '/'],
    ['an error', '/api/v1/otp/1'],
    ['a page that is not there', '/admin/nowhere'],
    ['nothing', '/nowhere'],
    ['a hosted page', '/v/nobody'],
    ['an answer of a contract', '/protected'],
    ['a wrong method', '/signup'],
  ])('is on %s', async (_, path) => {
    const answers = [await get(path), await get(path, { method: 'HEAD' })];
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    for (const id of ids) expect(id).toMatch(UUID_7);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it.each([
    ['no HTTP', 'HELLO\r\n\r\n', 400],
    ['too large', `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['without a host', 'GET /nowhere HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'an expectation of another kind',
      'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\nConnection: close\r\n\r\n',
      200,
    ],
  ])('is on the answer to what is %s', async (_, text, status) => {
    const answer = await exchange(gateway.url, text);
    expect(answer.status).toBe(status);
    expect(/^x-request-id: (.*)$/im.exec(answer.head)?.[1]).toMatch(UUID_7);
  });

  it('is ours, whatever a request calls itself', async () => {
    const given = newRequestId(0);
    for (const own of [given, 'x'.repeat(1_000), '+201001234567']) {
      const answer = await get('/healthz', { headers: { 'X-Request-Id': own } });
      const id = answer.headers.get('x-request-id');
      expect(id).toMatch(UUID_7);
      expect(id).not.toBe(given);
    }
  });

  it('is in the line of each request, whose path tells no secret', async () => {
    lines.length = 0;
    const answer = await get('/v/4hQm0uWqC2n5Jc1kT8xYbAe1q7GZ0tYhV3mX9sLw2KpQ?q=+201001234567');
    const line = await until('the line', () => lines.find(({ message }) => message === 'a request'));
    expect(line?.fields).toEqual({
      requestId: answer.headers.get('x-request-id'),
      method: 'GET',
      path: '/v/…',
      status: 404,
      tookMs: expect.any(Number),
    });
  });

  it('is in the line about a wrong key, and about a failure', async () => {
    lines.length = 0;
    const wrong = await get('/api/v1/otp/1', { headers: { 'X-API-KEY': 'wrong' } });
    expect(lines.find(({ message }) => message === 'wrong API keys')?.fields.requestId).toBe(
      wrong.headers.get('x-request-id'),
    );
    gateway.setIssue(() => Promise.reject(new Error('the disk is on fire')));
    const failed = await send(gateway, { phoneNumber: '+201001234567' });
    expect(lines.find(({ message }) => message === 'a request failed')?.fields.requestId).toBe(
      failed.headers.get('x-request-id'),
    );
  });

  it('finds the jobs that came of it, and those of a resend by its own', async () => {
    const { id, requestId } = await start('+201001234567');
    await start('+201001234568');
    const found = async (q: string) => {
      const answer = await browser.get(`/admin/api/jobs?q=${encodeURIComponent(q)}`);
      return ((await answer.json()) as { jobs: { jobId: number }[] }).jobs.map(({ jobId }) => jobId);
    };
    const own = await found(requestId);
    expect(own).toHaveLength(1);
    expect(await found(` ${requestId.toUpperCase()} `)).toEqual(own);
    const story = await browser.get(`/admin/api/jobs/${own[0]}`);
    expect(await story.json()).toMatchObject({ requestId });
    expect(await (await browser.get(`/admin/jobs/${own[0]}`)).text()).toContain(requestId);

    await until('the message', async () => {
      await gateway.clock.advance(1_000);
      return gateway.sender.written.find(({ recipient }) => recipient === '+201001234567');
    });
    await gateway.clock.advance(31_000);
    const again = await get(`/api/v1/verifications/${id}/resend`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(again.status).toBe(200);
    const resent = await found(again.headers.get('x-request-id') ?? '');
    expect(resent).toHaveLength(1);
    expect(resent).not.toEqual(own);
    expect(await found(requestId)).toEqual(own);
    expect(await found(newRequestId(gateway.clock.now()))).toEqual([]);
  });
});

it('tells the time of its request', () => {
  const at = Date.parse('2026-11-21T03:10:01.705Z');
  expect(requestTimeOf(newRequestId(at))).toBe(at);
  expect(requestTimeOf('0d9f5ad5-8ddd-4ae6-b0a4-5b2f1d3f7c11')).toBeNull();
  expect(requestTimeOf(`${newRequestId(at)}0`)).toBeNull();
});

it.each([
  ['/api/v1/otp/123?phoneNumber=%2B201001234567', '/api/v1/otp/123'],
  ['/api/v1/verifications/ver_4hQm0uWqC2n5Jc1kT8xYbA/check', '/api/v1/verifications/…/check'],
  ['/providers/sms/0123456789abcdef0123', '/providers/sms/…'],
  ['/201001234567', '/…'],
  ['/', '/'],
])('the log shows %s as %s', (url, path) => {
  expect(shownPath(url)).toBe(path);
});
