import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readKeyOrder } from '../../src/callers/key-order.js';
import { createCaptchaVerifier } from '../../src/http/access/captcha-verifier.js';
import { API_KEY, type Gateway, startGateway } from '../http/harness.js';
import { captureLogging } from '../logging/capture.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';
import { POSTS, SHAPES } from './doors.js';
import type { Answer } from './harness.js';

const SECRET = '0x4AAAAAAA-the-secret-of-the-widget';
const SENDS = [
  '/api/users/register',
  '/api/users/login',
  '/api/auth-otp/register',
  '/api/auth-otp/resend',
  '/api/auth-otp/request-login',
  '/api/auth/register/start',
  '/api/auth/register/resend-otp',
  '/api/auth/login/resend-otp',
  '/signup',
  '/resend-otp',
];
const isGuarded = ({ path }: { path: string }) => SENDS.includes(path);

/** A service that takes each of its tokens once, and speaks as Turnstile and hCaptcha do. */
async function startService() {
  const asked: Record<string, string>[] = [];
  const good = new Set<string>();
  let script: ((response: ServerResponse) => void) | null = null;
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const fields = Object.fromEntries(new URLSearchParams(await text(request)));
    asked.push(fields);
    if (script) return script(response);
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    if (request.method !== 'POST' || request.url !== '/siteverify' || !isForm) {
      return response.writeHead(400).end();
    }
    const { secret, response: token = '', remoteip: _, ...others } = fields;
    const codes = [
      ...(secret === SECRET ? [] : ['invalid-input-secret']),
      ...(Object.keys(others).length > 0 ? ['bad-request'] : []),
      ...(good.delete(token) ? [] : ['invalid-input-response']),
    ];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ success: codes.length === 0, 'error-codes': codes, hostname: 'x' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/siteverify`,
    asked,
    solve(token: string) {
      good.add(token);
      return token;
    },
    answers: (next: typeof script) => {
      script = next;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe.each(DATABASES)('on %s', (databaseKind) => {
  let service: Awaited<ReturnType<typeof startService>>;
  let gateway: Gateway;
  const clock = createTestClock();
  const logging = captureLogging();

  beforeAll(async () => {
    service = await startService();
    const settings = { url: service.url, secret: SECRET };
    const captcha = createCaptchaVerifier({ clock, settings });
    gateway = await startGateway({ captcha, databaseKind, log: logging.log });
  });
  afterAll(async () => {
    await gateway.close();
    await logging.close();
    service.close();
  });
  beforeEach(() => {
    service.answers(null);
    service.asked.length = 0;
  });

  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      body: JSON.parse(answer) as Answer['body'],
    };
  }
  const asks = (answer: Answer) => answer.text.includes('Please solve the CAPTCHA.');

  it.each(POSTS.filter(isGuarded))('POST $path wants a CAPTCHA', async ({ contract, path, body }) => {
    const fields = body?.() ?? {};
    for (const captcha of [undefined, '', 7, 'x'.repeat(9_000)]) {
      const answer = await post(path, { ...fields, captcha });
      expect([answer.status, asks(answer)]).toEqual([400, true]);
      SHAPES[contract](answer);
    }
    expect(service.asked).toEqual([]);
    const wrong = await post(path, { ...fields, captcha: 'made up' });
    expect([wrong.status, asks(wrong)]).toEqual([400, true]);
    expect(service.asked).toEqual([{ secret: SECRET, response: 'made up', remoteip: '127.0.0.1' }]);

    for (const field of ['captcha', 'cf-turnstile-response', 'h-captcha-response']) {
      const solved = { ...fields, [field]: service.solve(`${path} ${field}`) };
      expect(asks(await post(path, solved))).toBe(false);
      expect(asks(await post(path, solved))).toBe(true);
    }
  });

  it.each(POSTS.filter((door) => !isGuarded(door)))(
    'POST $path sends nothing by itself, and wants none',
    async ({ path, body }) => {
      expect(asks(await post(path, body?.() ?? {}))).toBe(false);
    },
  );

  it('a forgotten password wants one, too', async () => {
    const contact = { email: 'nobody@example.com' };
    const without = await post('/account/forgot', contact);
    expect([without.status, without.body.code]).toEqual([400, 'captcha_failed']);
    expect((await post('/account/forgot', { ...contact, captcha: service.solve('forgot') })).status).not.toBe(
      400,
    );
  });

  it('a back end that may send by its key needs none', async () => {
    const order = readKeyOrder({ name: 'reader', scopes: 'otp:read' }, gateway.clock.now());
    const reader = await gateway.callers.keys.create(order, { actor: 'admin', address: '127.0.0.1' });
    const body = { phoneNumber: '+6281234567890' };
    expect(asks(await post('/api/users/login', body, { 'x-api-key': API_KEY }))).toBe(false);
    expect(asks(await post('/api/users/login', body, { 'x-api-key': 'another' }))).toBe(true);
    expect(asks(await post('/api/users/login', body, { 'x-api-key': reader.key }))).toBe(true);
    expect(service.asked).toEqual([]);
  });

  it.each([
    ['does not know our secret', '{"success":false,"error-codes":["invalid-input-secret"]}', 200],
    ['has a fault', '{"success":false,"error-codes":["internal-error"]}', 200],
    ['says something else', '<html>', 200],
    ['is down', '', 502],
  ])('a service that %s is not the fault of who asks', async (_, answer, status) => {
    service.answers((response) => void response.writeHead(status).end(answer));
    const unanswered = await post('/signup', { email: 'a@example.com', captcha: 'token' });
    expect([unanswered.status, unanswered.headers.get('retry-after')]).toEqual([503, '5']);
    expect(unanswered.body).toMatchObject({ success: false, code: 'captcha_unavailable' });
  });

  it('a service that does not answer, or hangs up, keeps nobody waiting for long', async () => {
    service.answers((response) => void response.socket?.destroy());
    expect((await post('/signup', { captcha: 'token' })).status).toBe(503);
    service.answers(() => {});
    const waiting = post('/signup', { captcha: 'a silent token' });
    await until('the question', () => service.asked[1]);
    await clock.advance(5_000);
    expect((await waiting).status).toBe(503);
  });

  it('neither the secret nor a token is in the log', () => {
    expect(logging.printed()).toContain('CAPTCHA service');
    expect(logging.printed()).not.toMatch(/0x4AAAAAAA|silent token/);
  });
});
