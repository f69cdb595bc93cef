import { afterEach, describe, expect, it } from 'vitest';
import { createBrowser } from './browser.js';
import { type Gateway, send, startGateway } from './harness.js';
import { exchange } from './raw.js';

const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";
const HSTS = 'max-age=15552000';

let gateway: Gateway;
afterEach(() => gateway.close());

/** One answer of each kind that is no page: [what, its headers]. */
async function answers(): Promise<[string, Headers][]> {
  const get = async (path: string, init: RequestInit = {}) =>
    (await fetch(gateway.url + path, { redirect: 'manual', ...init })).headers;
  const broken = await exchange(gateway.url, 'HELLO THERE\r\n\r\n');
  const lines = broken.head.split('\r\n').slice(1);
  const stranger = createBrowser(gateway);
  return [
    ['a code', (await send(gateway, { phoneNumber: '+201001234567' })).headers],
    ['a refusal', await get('/api/v1/otp/1', { headers: { 'X-API-KEY': 'wrong' } })],
    ['nothing there', await get('/nowhere')],
    ['a method that is not allowed', await get('/healthz', { method: 'DELETE' })],
    ['a health check', await get('/healthz')],
    ['the way to the dashboard', await get('/')],
    ['the way to the login', await get('/admin/status')],
    ['a preflight', await get('/login', { method: 'OPTIONS' })],
    ['an answer of a contract', await get('/protected')],
    ['the return from Google', await get('/auth/google')],
    ['a file for pages', await get('/assets/icon.svg')],
    ['data of the dashboard', (await stranger.get('/admin/api/status', { Accept: '*/*' })).headers],
    ['what is not HTTP', new Headers(lines.map((line) => line.split(': ', 2) as [string, string]))],
  ];
}

describe('every answer that is not a page', () => {
  it('may load nothing and be framed nowhere', async () => {
    gateway = await startGateway();
    for (const [what, headers] of await answers()) {
      expect(headers.get('content-security-policy'), what).toBe(NO_PAGE);
      expect(headers.get('x-content-type-options'), what).toBe('nosniff');
      expect(headers.get('strict-transport-security'), what).toBeNull();
    }
  });

  it('asks for HTTPS where PUBLIC_URL is HTTPS', async () => {
    gateway = await startGateway({ publicOrigin: 'https://otp.example.com' });
    for (const [what, headers] of await answers()) {
      expect(headers.get('content-security-policy'), what).toBe(NO_PAGE);
      expect(headers.get('strict-transport-security'), what).toBe(HSTS);
    }
  });
});

it('the page that tells of too many requests has a policy under which its styles load', async () => {
  gateway = await startGateway({ rateLimitPerMinute: 1 });
  await fetch(`${gateway.url}/nowhere`);
  const page = await fetch(`${gateway.url}/admin/status`, { headers: { Accept: 'text/html' } });
  expect(page.status).toBe(429);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
});

describe('the log, about X-Forwarded-For', () => {
  async function ask(headers: Record<string, string> = { 'X-Forwarded-For': '203.0.113.7' }) {
    await fetch(`${gateway.url}/healthz`, { headers });
  }
  function logged() {
    const lines: unknown[] = [];
    const warn = (message: string, fields?: object) => {
      if (message.includes('X-Forwarded-For')) lines.push(fields);
    };
    return { lines, log: { error() {}, warn, info() {}, debug() {} } };
  }

  it('says once an hour that it is not believed', async () => {
    const { lines, log } = logged();
    gateway = await startGateway({ log });
    await ask({});
    expect(lines).toEqual([]);
    for (let n = 0; n < 5; n++) await ask();
    expect(lines).toEqual([{ requests: 1 }]);
    await gateway.clock.advance(59 * 60_000);
    expect(lines).toHaveLength(1);
    await gateway.clock.advance(60_000);
    expect(lines).toEqual([{ requests: 1 }, { requests: 4 }]);
    await gateway.clock.advance(2 * 3_600_000);
    expect(lines).toHaveLength(2);
    await ask();
    expect(lines).toHaveLength(3);
  });

  it('is silent where a proxy is trusted', async () => {
    const { lines, log } = logged();
    gateway = await startGateway({ log, trustProxy: 1 });
    await ask();
    expect(lines).toEqual([]);
  });
});
