import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, type Gateway, job, startGateway } from './harness.js';
import { exchange } from './raw.js';

let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.close());

const get = (path: string, init: RequestInit = {}) =>
  fetch(gateway.url + path, {
    redirect: 'manual',
    ...init,
    headers: { 'X-API-KEY': API_KEY, ...init.headers },
  });

describe('GET /api/v1/otp/:jobId', () => {
  it('tells what became of a code, in ISO times', async () => {
    const at = Date.parse('2026-01-01T00:00:00Z');
    await gateway.addJobs(
      job({ jobId: 7, status: 'sent', sentAt: at + 1_000, deliveredAt: at + 2_000, readAt: at + 3_000 }),
    );
    const response = await get('/api/v1/otp/7');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      jobId: 7,
      phoneNumber: '+201001234567',
      status: 'sent',
      createdAt: '2026-01-01T00:00:00.000Z',
      sentAt: '2026-01-01T00:00:01.000Z',
      deliveredAt: '2026-01-01T00:00:02.000Z',
      readAt: '2026-01-01T00:00:03.000Z',
      otp_expires_at: '2026-01-01T00:05:00.000Z',
      error: null,
    });
  });

  it('tells why a code did not go out', async () => {
    const error = { code: 'not_on_whatsapp', message: 'This number is not registered on WhatsApp.' };
    await gateway.addJobs(job({ status: 'failed', error }));
    expect(await (await get('/api/v1/otp/1')).json()).toMatchObject({
      status: 'failed',
      sentAt: null,
      error,
    });
  });

  it.each([
    '2',
    '0',
    '-1',
    '1.0',
    '01',
    '1e3',
    'abc',
    '9'.repeat(17),
    '9'.repeat(400),
    '%31x',
    'constructor',
  ])('there is no job %s', async (id) => {
    await gateway.addJobs(job());
    const response = await get(`/api/v1/otp/${id}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      message: 'There is no job with this number.',
      code: 'job_not_found',
    });
  });

  it('needs the API key', async () => {
    const response = await get('/api/v1/otp/1', { headers: { 'X-API-KEY': 'no' } });
    expect(response.status).toBe(401);
  });
});

describe('health', () => {
  it('/healthz is 200 while the process answers', async () => {
    const response = await fetch(`${gateway.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', uptimeSeconds: expect.any(Number) });
  });

  it('/readyz is 200 with the state and what to know about it', async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ready', state: 'READY', note: null });
  });

  it('/readyz is 503 with the reason when a code could not be delivered', async () => {
    const own = await startGateway({
      readiness: {
        check: () => ({
          ready: false,
          state: 'QR_REQUIRED',
          code: 'sender_not_paired',
          reason: 'No WhatsApp number is paired yet.',
          retryAfterSeconds: 0.2,
        }),
      },
    });
    const response = await fetch(`${own.url}/readyz`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toEqual({
      status: 'not_ready',
      message: 'No WhatsApp number is paired yet.',
      reason: 'No WhatsApp number is paired yet.',
      code: 'sender_not_paired',
      retryAfterSeconds: 1,
      state: 'QR_REQUIRED',
    });
    await own.close();
  });
});

describe('everything else', () => {
  it.each([
    '/nowhere',
    '/api',
    '/api/v1/otp',
    '/api/v2/otp/send',
    '/administrator',
    '/ADMIN/status',
    '/%',
    '/api/v1/otp/%E0%A4%A',
  ])('%s is answered in JSON', async (path) => {
    const { status, head, body } = await exchange(
      gateway.url,
      `GET ${path} HTTP/1.1\r\nHost: test\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
    );
    expect([400, 404]).toContain(status);
    expect(head).toContain('Content-Type: application/json');
    expect(JSON.parse(body)).toEqual({ message: expect.any(String), code: expect.any(String) });
  });

  it.each([
    ['GET', '/api/v1/otp/send', 'POST'],
    ['PUT', '/api/v1/otp/send', 'POST'],
    ['OPTIONS', '/api/v1/otp/send', 'POST'],
    ['POST', '/api/v1/otp/1', 'GET, HEAD'],
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['POST', '/readyz', 'GET, HEAD'],
    ['PUT', '/admin/login', 'GET, HEAD, POST'],
  ])('%s %s is a 405 that names the right method', async (method, path, allow) => {
    const response = await get(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });

  it('/ leads to the dashboard', async () => {
    const response = await get('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/admin/status']);
  });

  it('a foreign page may not call from a browser', async () => {
    const response = await get('/healthz', { headers: { Origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('pages of the sandbox hang in beside the rest', async () => {
    const own = await startGateway({
      extra: (req, res, next) => (req.path === '/sandbox' ? res.send('handsets') : next()),
    });
    expect(await (await fetch(`${own.url}/sandbox`)).text()).toBe('handsets');
    expect((await fetch(`${own.url}/sandbox/x`)).status).toBe(404);
    await own.close();
  });
});
