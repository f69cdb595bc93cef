import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API_KEY, type Gateway, job, startGateway } from './harness.js';
import { exchange } from './raw.js';

let gateway: Gateway;
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.close());

const get = (path: string) => request(gateway.url).get(path).set('X-API-KEY', API_KEY);

describe('GET /api/v1/otp/:jobId', () => {
  it('tells what became of a code, in ISO times', async () => {
    const at = Date.parse('2026-01-01T00:00:00Z');
    await gateway.addJobs(
      job({ jobId: 7, status: 'sent', sentAt: at + 1_000, deliveredAt: at + 2_000, readAt: at + 3_000 }),
    );
    const { body } = await get('/api/v1/otp/7').expect(200);
    expect(body).toEqual({
      jobId: 7,
      phoneNumber: '+201001234567',
      status: 'sent',
      createdAt: '2026-01-01T00:00:00.000Z',
      sentAt: '2026-01-01T00:00:01.000Z',
      deliveredAt: '2026-01-01T00:00:02.000Z',
      readAt: '2026-01-01T00:00:03.000Z',
      otp_expires_at: '2026-01-01T00:05:00.000Z',
      error: null,
      attempts: [
        {
          jobId: 7,
          channel: 'whatsapp',
          status: 'sent',
          sentAt: '2026-01-01T00:00:01.000Z',
          deliveredAt: '2026-01-01T00:00:02.000Z',
          readAt: '2026-01-01T00:00:03.000Z',
          error: null,
        },
      ],
    });
  });

  it('tells why a code did not go out', async () => {
    const error = { code: 'not_on_whatsapp', message: 'This number is not registered on WhatsApp.' };
    await gateway.addJobs(job({ status: 'failed', error }));
    const { body } = await get('/api/v1/otp/1').expect(200);
    expect(body).toMatchObject({ status: 'failed', sentAt: null, error });
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
    const { body } = await get(`/api/v1/otp/${id}`).expect(404);
    expect(body).toEqual({ message: 'There is no job with this number.', code: 'job_not_found' });
  });

  it('needs the API key', async () => {
    await get('/api/v1/otp/1').set('X-API-KEY', 'no').expect(401);
  });
});

describe('health', () => {
  it('/healthz is 200 while the process answers', async () => {
    const { body } = await request(gateway.url).get('/healthz').expect(200);
    expect(body).toEqual({ status: 'ok', uptimeSeconds: expect.any(Number) });
  });

  it('/readyz is 200, for a caller with the state and what to know about it', async () => {
    const { body } = await request(gateway.url).get('/readyz').set('X-API-KEY', API_KEY).expect(200);
    expect(body).toEqual({ status: 'ready', state: 'READY', note: null });
    for (const shown of [{}, { 'X-API-KEY': 'wrong' }, { Authorization: 'Bearer wrong' }]) {
      const answer = await request(gateway.url).get('/readyz').set(shown).expect(200);
      expect(answer.body).toEqual({ status: 'ready' });
    }
  });

  it('/readyz is 503 when a code could not be delivered, for a caller with the reason', async () => {
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
    const ask = (headers: Record<string, string>) =>
      request(own.url).get('/readyz').set(headers).expect(503).expect('Retry-After', '1');
    expect((await ask({})).body).toEqual({
      status: 'not_ready',
      code: 'sender_not_paired',
      retryAfterSeconds: 1,
    });
    expect((await ask({ 'X-API-KEY': 'no' })).body).toEqual((await ask({})).body);
    const { body } = await ask({ Authorization: `Bearer ${API_KEY}` });
    expect(body).toEqual({
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

describe('security.txt', () => {
  const path = '/.well-known/security.txt';

  it('says whom to write to, and for how long that is good', async () => {
    const own = await startGateway({ securityContact: 'mailto:security@example.com' });
    const { text } = await request(own.url)
      .get(path)
      .expect(200)
      .expect('Content-Type', 'text/plain; charset=utf-8');
    const [, contact, expires = ''] = /^Contact: (\S+)\nExpires: (\S+)\n$/.exec(text) ?? [];
    expect(contact).toBe('mailto:security@example.com');
    const days = (Date.parse(expires) - own.clock.now()) / 86_400_000;
    expect(days).toBeGreaterThan(30);
    expect(days).toBeLessThan(365);
    await own.close();
  });

  it('is not there unless it is set up', async () => {
    await request(gateway.url).get(path).expect(404);
  });
});

describe('everything else', () => {
  it.each([
    '/nowhere',
    '/api',
    '/api/v1',
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
    ['get', '/api/v1/otp/send', 'POST'],
    ['put', '/api/v1/otp/send', 'POST'],
    ['options', '/api/v1/otp/send', 'POST'],
    ['post', '/api/v1/otp/1', 'GET, HEAD'],
    ['post', '/api/v1/otp', 'GET, HEAD'],
    ['get', '/api/v1/otp/1/cancel', 'POST'],
    ['delete', '/healthz', 'GET, HEAD'],
    ['post', '/readyz', 'GET, HEAD'],
    ['put', '/admin/login', 'GET, HEAD, POST'],
  ] as const)('%s %s is a 405 that names the right method', async (method, path, allow) => {
    const ask = request(gateway.url)[method](path).set('X-API-KEY', API_KEY);
    const { body } = await ask.expect(405).expect('Allow', allow);
    expect(body).toMatchObject({ code: 'method_not_allowed' });
  });

  it('/ leads to the dashboard', async () => {
    await get('/').expect(302).expect('Location', '/admin/status');
  });

  it('a foreign page may not call from a browser', async () => {
    const { headers } = await get('/healthz').set('Origin', 'https://evil.example').expect(200);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('pages of the sandbox hang in beside the rest', async () => {
    const own = await startGateway({
      extra: (req, res, next) => (req.path === '/sandbox' ? res.send('handsets') : next()),
    });
    await request(own.url).get('/sandbox').expect(200, 'handsets');
    await request(own.url).get('/sandbox/x').expect(404);
    await own.close();
  });
});
