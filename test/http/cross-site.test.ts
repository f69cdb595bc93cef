import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN, type Gateway, startGateway } from './harness.js';
import { exchange, post } from './raw.js';

const OURS = 'https://otp.example.com';
const EVIL = 'http://evil.example:3000';

let gateway: Gateway;
afterAll(() => gateway.close());

/** What a browser sends of a form of the page at `origin`, to a server that it reaches under the name `host`. */
async function postTo(path: string, host: string, headers: Record<string, string>): Promise<number> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const request = post(path, lines, '').toString().replace('Host: test', `Host: ${host}`);
  return (await exchange(gateway.url, request)).status;
}

const logOut = (host: string, headers: Record<string, string>) => postTo('/logout', host, headers);

describe('our own origin, with PUBLIC_URL', () => {
  beforeAll(async () => {
    gateway = await startGateway({ publicOrigin: OURS, clientUrls: ['https://app.example.com'] });
  });

  it.each([
    ['our own page', 'otp.example.com', { Origin: OURS, 'Sec-Fetch-Site': 'same-origin' }],
    ['our own page, behind a proxy that changes Host', '127.0.0.1:3000', { Origin: OURS }],
    ['a page of CLIENT_URL', 'otp.example.com', { Origin: 'https://app.example.com' }],
    ['a program', 'otp.example.com', {}],
    ['a tunnel to this machine', 'localhost:3000', { Origin: 'http://localhost:3000' }],
  ])('%s may', async (_who, host, headers) => {
    expect(await logOut(host, headers)).toBe(200);
  });

  it.each([
    ["a stranger's name that leads to our address", 'evil.example:3000', { Origin: EVIL }],
    [
      'the same, which the browser takes for our site',
      'evil.example:3000',
      { Origin: EVIL, 'Sec-Fetch-Site': 'same-origin' },
    ],
    ['another port of this machine', 'localhost:3000', { Origin: 'http://localhost:8080' }],
    ['our name without HTTPS', 'otp.example.com', { Origin: 'http://otp.example.com' }],
    ['a frame without an origin', 'otp.example.com', { Origin: 'null' }],
    ['another site', 'otp.example.com', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
  ])('%s may not', async (_who, host, headers) => {
    expect(await logOut(host, headers)).toBe(403);
  });

  it('the log-in of the dashboard goes by the same', async () => {
    const body = new URLSearchParams(ADMIN).toString();
    const logIn = async (headers: Record<string, string>) => {
      const lines = ['Content-Type: application/x-www-form-urlencoded', 'Accept: text/html'];
      for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
      const request = post('/admin/login', lines, body)
        .toString()
        .replace('Host: test', 'Host: evil.example:3000');
      return (await exchange(gateway.url, request)).body;
    };
    const refused = await logIn({ Origin: EVIL, 'Sec-Fetch-Site': 'same-origin' });
    expect(refused).toContain('from a page of another site');
    expect(await logIn({ Origin: OURS })).toContain('This page had been open for too long');
  });
});

describe('our own origin, without PUBLIC_URL', () => {
  beforeAll(async () => {
    await gateway.close();
    gateway = await startGateway();
  });

  it('is the one that the request names', async () => {
    expect(await logOut('otp.example.com', { Origin: OURS })).toBe(200);
    expect(await logOut('otp.example.com', { Origin: OURS, 'Sec-Fetch-Site': 'same-origin' })).toBe(200);
    expect(await logOut('otp.example.com', { Origin: EVIL })).toBe(403);
    expect(await logOut('otp.example.com', { Origin: EVIL, 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
  });
});
