import { describe, expect, it, onTestFinished } from 'vitest';
import { createTokens } from '../../src/auth/tokens.js';
import { readKeyOrder, type TypedKeyOrder } from '../../src/callers/key-order.js';
import { AppError } from '../../src/errors.js';
import { DATABASES } from '../support/databases.js';
import { JWT_SECRET } from '../support/secrets.js';
import { workOf } from '../support/work.js';
import { createBrowser } from './browser.js';
import { API_KEY, type Gateway, job, PREVIOUS_API_KEY, send, startGateway } from './harness.js';
import { addUsers, user } from './users.js';

const BODY = { phoneNumber: '+201001234567' };
const BY = { actor: 'operator', address: '127.0.0.1' };
const INVALID = { message: 'Unauthorized: Invalid API Key.', code: 'api_key_invalid' };

async function openGateway(options: Parameters<typeof startGateway>[0] = {}): Promise<Gateway> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

const makeKey = ({ callers, clock }: Gateway, typed: Partial<TypedKeyOrder> = {}) =>
  callers.keys.create(readKeyOrder({ name: 'shop', scopes: 'otp:send,otp:read', ...typed }, clock.now()), BY);

const withKey = (key: string, more: Record<string, string> = {}) => ({
  headers: { 'X-API-KEY': key, ...more },
});

async function answer(response: Response | Promise<Response>) {
  const { status, headers, ...rest } = await response;
  void rest;
  return { status, headers, body: (await (await response).json()) as Record<string, unknown> };
}

const get = ({ url }: Gateway, path: string, headers: Record<string, string>) =>
  answer(fetch(url + path, { headers }));

const LACKS_SCOPE = 'Forbidden: this API key lacks the scope "admin:read".';
const WRONG_ADDRESS = 'Forbidden: this API key may not be used from this address.';
/** What only operators may see, with a failure as each contract words it. */
type Body = { message: string; code: string };
const OPERATORS_ONLY = [
  { path: '/api/users/get-all-users', bodyOf: (body: Body) => body },
  { path: '/api/auth-otp/cleanup', bodyOf: (body: Body) => ({ success: false, ...body }) },
];

/** Of an account with a complete sign-in. */
async function tokenIn(gateway: Gateway): Promise<string> {
  await addUsers(gateway, user());
  const { store, clock } = gateway;
  const tokens = createTokens({
    store,
    clock,
    contract: 'whatsapp',
    secret: JWT_SECRET,
    issuer: 'whatsapp-otp',
    lifeMs: 3_600_000,
  });
  return await tokens.issue({ id: 'asha', token_epoch: 0 });
}

describe.each(DATABASES)('a request with a key, on %s', (databaseKind) => {
  it('may carry it as X-API-KEY or as a bearer token; of both, X-API-KEY counts', async () => {
    const gateway = await openGateway({ databaseKind });
    const [one, other] = [await makeKey(gateway), await makeKey(gateway)];
    const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
    const request = (headers: Record<string, string>) =>
      fetch(`${gateway.url}/api/v1/otp/send`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(BODY),
      });
    await request({ 'X-API-KEY': one.key });
    await request(bearer(other.key));
    await request({ ...bearer(other.key), 'X-API-KEY': one.key });
    await request(bearer(API_KEY));
    expect(gateway.requests.map(({ caller }) => caller)).toEqual([
      `key:${one.id}`,
      `key:${other.id}`,
      `key:${one.id}`,
      'env',
    ]);
    const wrongFirst = await answer(request({ ...bearer(one.key), 'X-API-KEY': 'wrong' }));
    expect([wrongFirst.status, wrongFirst.body]).toEqual([401, INVALID]);
    const basic = await answer(request({ Authorization: `Basic ${btoa(`a:${one.key}`)}` }));
    expect(basic.body).toMatchObject({ code: 'api_key_missing' });
  });

  it('is refused when the key is revoked, has ended, or was never made', async () => {
    const gateway = await openGateway({ databaseKind });
    const [revoked, ended] = [await makeKey(gateway), await makeKey(gateway, { expires: '1h' })];
    for (const { key } of [revoked, ended])
      expect((await send(gateway, BODY, withKey(key))).status).toBe(202);
    await gateway.callers.keys.revoke(revoked.id, BY);
    await gateway.clock.advance(3_600_000);
    const altered = revoked.key.slice(0, -1) + (revoked.key.endsWith('0') ? '1' : '0');
    for (const key of [revoked.key, ended.key, altered]) {
      const refused = await answer(send(gateway, BODY, withKey(key)));
      expect([refused.status, refused.body]).toEqual([401, INVALID]);
    }
  });

  it('with an altered checksum never reaches the database', async () => {
    const gateway = await openGateway({ databaseKind });
    const { key } = await makeKey(gateway);
    const altered = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    const statements = async (shown: string) =>
      (await workOf(() => send(gateway, BODY, withKey(shown)))).filter((step) => step.includes('api_keys'));
    expect(await statements(altered)).toEqual([]);
    expect(await statements(API_KEY)).toEqual([]);
    expect(await statements(key)).not.toEqual([]);
  });

  it('needs the scope of what it asks for', async () => {
    const gateway = await openGateway({ databaseKind });
    await gateway.addJobs(job());
    const reader = await makeKey(gateway, { scopes: 'otp:read' });
    const sender = await makeKey(gateway, { scopes: 'otp:send' });
    const refused = await answer(send(gateway, BODY, withKey(reader.key)));
    expect([refused.status, refused.body]).toEqual([
      403,
      { message: 'Forbidden: this API key lacks the scope "otp:send".', code: 'scope_missing' },
    ]);
    expect(gateway.requests).toEqual([]);
    const unread = await get(gateway, '/api/v1/otp/1', { 'X-API-KEY': sender.key });
    expect([unread.status, unread.body]).toEqual([
      403,
      { message: 'Forbidden: this API key lacks the scope "otp:read".', code: 'scope_missing' },
    ]);
  });

  it('is refused from an address that is not on the list of its key, proxies included', async () => {
    const gateway = await openGateway({ databaseKind, trustProxy: 1 });
    const { key } = await makeKey(gateway, { allowedIps: '198.51.100.0/24 2001:db8::/32' });
    const from = (address: string) =>
      answer(send(gateway, BODY, withKey(key, { 'X-Forwarded-For': address })));
    for (const address of [
      '198.51.100.7',
      '::ffff:198.51.100.7',
      '203.0.113.9, 198.51.100.7',
      '2001:db8::9',
    ]) {
      expect([address, (await from(address)).status]).toEqual([address, 202]);
    }
    for (const address of ['203.0.113.9', '198.51.100.7, 203.0.113.9', '2001:db9::9', 'nowhere']) {
      const refused = await from(address);
      expect([address, refused.status, refused.body]).toEqual([
        address,
        403,
        {
          message: WRONG_ADDRESS,
          code: 'address_not_allowed',
        },
      ]);
    }
    const wrongScope = await makeKey(gateway, { allowedIps: '198.51.100.7', scopes: 'hooks' });
    expect((await answer(send(gateway, BODY, withKey(wrongScope.key)))).body.code).toBe(
      'address_not_allowed',
    );
  });

  it('is counted by the minute, and told when to come back', async () => {
    const gateway = await openGateway({ databaseKind });
    const { key } = await makeKey(gateway, { perMinute: '2' });
    await gateway.clock.advance(15_000);
    await send(gateway, BODY, withKey(key));
    expect((await get(gateway, '/api/v1/otp/1', { 'X-API-KEY': key })).status).toBe(404);
    const refused = await answer(send(gateway, BODY, withKey(key)));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('45');
    expect(refused.body).toEqual({
      message: 'Too many requests from this API key. Please slow down. Try again in 45 seconds.',
      code: 'rate_limited',
      retryAfterSeconds: 45,
    });
    expect((await send(gateway, BODY)).status).toBe(202);
  });

  it('is counted by the day and the country when it asks for a code, unless there is none after all', async () => {
    const gateway = await openGateway({ databaseKind });
    const { key } = await makeKey(gateway, { perDay: '2', perCountry: 'EG=1' });
    const code = async (phoneNumber: string) => (await send(gateway, { phoneNumber }, withKey(key))).status;
    gateway.setIssue(() => Promise.reject(new AppError('queue_full', 'Later.')));
    expect([await code('+201001234567'), await code('+201001234567'), await code('nonsense')]).toEqual([
      503, 503, 400,
    ]);
    gateway.setIssue(async () => ({ otp: '1234', jobId: 1, expiresAt: 0, estimatedDeliverySeconds: 1 }));
    expect(await code('+201001234567')).toBe(202);
    const country = await answer(send(gateway, BODY, withKey(key)));
    expect([country.status, country.body.message]).toEqual([
      429,
      'This API key has used up its codes of the day to this country. Try again in 24 hours.',
    ]);
    expect(await code('+447700900123')).toBe(202);
    const day = await answer(send(gateway, { phoneNumber: '+447700900123' }, withKey(key)));
    expect(day.body).toEqual({
      message: 'This API key has used up its codes of the day. Try again in 24 hours.',
      code: 'rate_limited',
      retryAfterSeconds: 86_400,
    });
  });

  it('is told in Retry-After when its next code of the minute or the hour may come', async () => {
    const gateway = await openGateway({ databaseKind });
    for (const [limit, seconds] of [
      ['codesPerMinute', '60'],
      ['codesPerHour', '3600'],
    ] as const) {
      const { key } = await makeKey(gateway, { [limit]: '1' });
      expect((await send(gateway, BODY, withKey(key))).status).toBe(202);
      const { status, headers } = await send(gateway, BODY, withKey(key));
      expect([status, headers.get('retry-after')]).toEqual([429, seconds]);
    }
  });

  it('sees its own codes only; the key of the environment sees all', async () => {
    const gateway = await openGateway({ databaseKind });
    const [one, other] = [await makeKey(gateway), await makeKey(gateway)];
    const callers = [`key:${one.id}`, `key:${other.id}`, 'env', 'contract:phone', null];
    await gateway.addJobs(...callers.map((caller, index) => job({ jobId: index + 1, caller })));
    const seen = async (key: string) => {
      const answers = [];
      for (const jobId of [1, 2, 3, 4, 5]) {
        const { status, body } = await get(gateway, `/api/v1/otp/${jobId}`, { 'X-API-KEY': key });
        answers.push(status === 200 ? status : [status, body]);
      }
      return answers;
    };
    const none = [404, { message: 'There is no job with this number.', code: 'job_not_found' }];
    expect(await seen(one.key)).toEqual([200, none, none, none, none]);
    expect(await seen(other.key)).toEqual([none, 200, none, none, none]);
    expect(await seen(API_KEY)).toEqual([200, 200, 200, 200, 200]);
    expect(await seen(PREVIOUS_API_KEY)).toEqual([200, 200, 200, 200, 200]);
  });

  it('for what only operators may needs admin:read, in production', async () => {
    const gateway = await openGateway({ databaseKind, production: true });
    const operator = await makeKey(gateway, { scopes: 'admin:read', perMinute: '3' });
    const back = await makeKey(gateway);
    for (const path of ['/api/users/get-all-users', '/api/auth-otp/cleanup']) {
      expect([path, (await get(gateway, path, { 'X-API-KEY': operator.key })).status]).toEqual([path, 200]);
      expect([path, (await get(gateway, path, { 'X-API-KEY': back.key })).status]).toEqual([path, 403]);
      expect([path, (await get(gateway, path, { 'X-API-KEY': API_KEY })).status]).toEqual([path, 200]);
      expect([path, (await get(gateway, path, { 'X-API-KEY': 'wrong' })).status]).toEqual([path, 401]);
      expect([path, (await get(gateway, path, {})).status]).toEqual([path, 401]);
    }
    const bearer = { Authorization: `Bearer ${operator.key}` };
    expect((await get(gateway, '/api/users/get-all-users', bearer)).status).toBe(200);
    expect((await get(gateway, '/api/users/get-all-users', bearer)).status).toBe(429);
  });
});

it.each(OPERATORS_ONLY)('for $path it is refused in the words of its contract', async ({ path, bodyOf }) => {
  const gateway = await openGateway({ production: true });
  const lacking = await makeKey(gateway);
  const elsewhere = await makeKey(gateway, { scopes: 'admin:read', allowedIps: '198.51.100.7' });
  for (const [key, status, message, code] of [
    [lacking.key, 403, LACKS_SCOPE, 'scope_missing'],
    [elsewhere.key, 403, WRONG_ADDRESS, 'address_not_allowed'],
    [await tokenIn(gateway), 401, INVALID.message, 'api_key_invalid'],
  ] as const) {
    const refused = await get(gateway, path, { Authorization: `Bearer ${key}` });
    expect([refused.status, refused.body]).toEqual([status, bodyOf({ message, code })]);
  }
});

it('the token of a user who is signed in is no API key', async () => {
  const gateway = await openGateway();
  const headers = { Authorization: `Bearer ${await tokenIn(gateway)}` };
  expect((await get(gateway, '/api/users/me', headers)).status).toBe(200);
  const sent = await answer(
    fetch(`${gateway.url}/api/v1/otp/send`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(BODY),
    }),
  );
  expect([sent.status, sent.body]).toEqual([401, INVALID]);
  const read = await get(gateway, '/api/v1/otp/1', headers);
  expect([read.status, read.body]).toEqual([401, INVALID]);
  expect(gateway.requests).toEqual([]);
});

it('both keys of the environment are one caller, also to the rate limit', async () => {
  const gateway = await openGateway({ rateLimitPerMinute: 3, trustProxy: 1 });
  const statuses = [];
  for (const [index, key] of [API_KEY, PREVIOUS_API_KEY, API_KEY, PREVIOUS_API_KEY].entries()) {
    const headers = { 'X-Forwarded-For': `203.0.113.${index}` };
    statuses.push((await send(gateway, BODY, withKey(key, headers))).status);
  }
  expect(statuses).toEqual([202, 202, 202, 429]);
  expect(gateway.requests.map(({ caller }) => caller)).toEqual(['env', 'env', 'env']);
});

it('no key opens the dashboard or its JSON', async () => {
  const gateway = await openGateway();
  const { key } = await makeKey(gateway, {
    scopes: 'otp:send otp:read verify hooks webhooks:manage admin:read',
  });
  for (const shown of [key, API_KEY]) {
    const headers = {
      'X-API-KEY': shown,
      Authorization: `Bearer ${shown}`,
      'Content-Type': 'application/json',
    };
    for (const path of ['/admin/api/keys', '/admin/api/keys/x', '/admin/api/users', '/admin/api/status']) {
      expect([path, (await get(gateway, path, headers)).status]).toEqual([path, 401]);
    }
    const body = JSON.stringify({ name: 'more', scopes: ['admin:read'] });
    const made = await fetch(`${gateway.url}/admin/api/keys`, { method: 'POST', headers, body });
    expect(made.status).toBe(401);
  }
  expect(await gateway.callers.keys.list()).toHaveLength(1);
  expect((await createBrowser(gateway).get('/admin/keys')).status).toBe(302);
});
