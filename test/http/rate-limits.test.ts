import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { type Gateway, send, startGateway } from './harness.js';

const BODY = { phoneNumber: '+201001234567' };

let gateway: Gateway;
afterEach(() => gateway.close());

/** The status for somebody whom a proxy names. */
async function from(forwardedFor: string): Promise<number> {
  const { status } = await request(gateway.url).get('/nowhere').set('X-Forwarded-For', forwardedFor);
  return status;
}

describe('the rate limits', () => {
  it('are announced, and the request over them is told when to come back', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 3 });
    const first = await send(gateway, BODY);
    expect(first.headers.get('ratelimit-limit')).toBe('3');
    expect(first.headers.get('ratelimit-remaining')).toBe('2');
    expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    await send(gateway, BODY);
    await send(gateway, BODY);

    const refused = await send(gateway, BODY);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(await refused.json()).toEqual({
      message: expect.stringMatching(
        /^Too many requests from this address\. .* Try again in \d+ seconds?\.$/,
      ),
      code: 'rate_limited',
      retryAfterSeconds: Number(refused.headers.get('retry-after')),
    });
    expect(gateway.requests).toHaveLength(3);
  });

  it('count wrong keys per address, and leave the health checks alone', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 3 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      statuses.push((await send(gateway, BODY, { headers: { 'X-API-KEY': `wrong-${i}` } })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    for (let i = 0; i < 5; i++) {
      await request(gateway.url).get('/healthz').expect(200);
      await request(gateway.url).get('/readyz').expect(200);
    }
    await request(gateway.url).get('/nowhere').expect(429);
  });

  it('take 600 health checks a minute from one address', async () => {
    gateway = await startGateway({ trustProxy: 1 });
    const check = async (path: string, address: string) =>
      (await fetch(gateway.url + path, { headers: { 'X-Forwarded-For': address } })).status;
    const his = await Promise.all(
      Array.from({ length: 610 }, (_, n) => check(n % 2 ? '/healthz' : '/readyz', '203.0.113.1')),
    );
    expect(his.filter((status) => status === 200)).toHaveLength(600);
    expect(his.filter((status) => status === 429)).toHaveLength(10);
    expect(await check('/healthz', '203.0.113.2')).toBe(200);
  });

  it('count a key over all its addresses', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 3, trustProxy: 1 });
    const statuses = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4']) {
      statuses.push((await send(gateway, BODY, { headers: { 'X-Forwarded-For': address } })).status);
    }
    expect(statuses).toEqual([202, 202, 202, 429]);
  });

  it('take an IPv6 network for one address', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 2, trustProxy: 1 });
    expect(await from('2001:db8:1:1::1')).toBe(404);
    expect(await from('2001:db8:1:1:ffff::2')).toBe(404);
    expect(await from('2001:db8:1:1::3')).toBe(429);
    expect(await from('2001:db8:1:2::1')).toBe(404);
    expect(await from('::ffff:203.0.113.9')).toBe(404);
    expect(await from('203.0.113.9')).toBe(404);
    expect(await from('::ffff:203.0.113.9')).toBe(429);
  });

  it('take an address for one, whatever port and spelling the proxy adds', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 2, trustProxy: 1 });
    expect(await from('203.0.113.10:40001')).toBe(404);
    expect(await from('[::ffff:cb00:710a]:40002')).toBe(404);
    expect(await from('203.0.113.10')).toBe(429);
    expect(await from('::ffff:203.0.113.10')).toBe(429);
  });

  it('do not believe X-Forwarded-For while no proxy is configured', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 3 });
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      statuses.push(await from(`203.0.113.${i}`));
    }
    expect(statuses).toEqual([404, 404, 404, 429]);
  });

  it('believe only the entry that the proxy itself added', async () => {
    gateway = await startGateway({ rateLimitPerMinute: 1, trustProxy: 1 });
    expect(await from('10.0.0.1, 203.0.113.1')).toBe(404);
    expect(await from('10.0.0.2, 203.0.113.1')).toBe(429);
  });
});
