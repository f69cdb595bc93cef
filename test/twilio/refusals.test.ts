import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ENVIRONMENT } from '../../src/callers/caller.js';
import { AppError, type ErrorCode } from '../../src/errors.js';
import type { StartForm } from '../../src/twilio/fields.js';
import { sidsOf } from '../../src/twilio/sids.js';
import { createStarts } from '../../src/twilio/start.js';
import { type Form, openTwilioWorld, SERVICE, type TwilioWorld } from './world.js';

const BY = { actor: 'test', address: '127.0.0.1' };
const STARTS = `/Services/${SERVICE}/Verifications`;
const CHECKS = `/Services/${SERVICE}/VerificationCheck`;
const PHONE = '+201001230001';

let world: TwilioWorld;
beforeAll(async () => {
  world = await openTwilioWorld('sqlite');
});
afterAll(() => world.close());

const expectShape = ({ status, headers, body }: Form) => {
  const { retryAfterSeconds = null, ...others } = body;
  expect(Object.keys(others)).toEqual(['code', 'message', 'more_info', 'status']);
  const wait = headers.get('retry-after');
  expect(retryAfterSeconds).toBe(wait === null ? null : Number(wait));
  expect(body).toMatchObject({ status, more_info: `https://www.twilio.com/docs/errors/${body.code}` });
};

it.each([
  ['To', STARTS, { Channel: 'whatsapp' }],
  ['To', STARTS, { To: '', Channel: 'whatsapp' }],
  ['To', STARTS, { To: '0100123', Channel: 'whatsapp' }],
  ['To', STARTS, { To: 'x'.repeat(5_000), Channel: 'whatsapp' }],
  ['To', STARTS, { To: 'sara@example.com', Channel: 'whatsapp' }],
  ['To', STARTS, { To: PHONE, Channel: 'email' }],
  ['To', STARTS, `To=%2B201001230001&To=%2B201001230002&Channel=sms`],
  ['Channel', STARTS, { To: PHONE }],
  ['Channel', STARTS, { To: PHONE, Channel: 'pigeon' }],
  ['CustomCode', STARTS, { To: PHONE, Channel: 'whatsapp', CustomCode: '123' }],
  ['CustomCode', STARTS, { To: PHONE, Channel: 'whatsapp', CustomCode: '12345678901' }],
  ['Locale', STARTS, { To: PHONE, Channel: 'whatsapp', Locale: 'not a language' }],
  ['Tags', STARTS, { To: PHONE, Channel: 'whatsapp', Tags: '[' }],
  ['Tags', STARTS, { To: PHONE, Channel: 'whatsapp', Tags: JSON.stringify({ a: 'x'.repeat(129) }) }],
  ['Tags', STARTS, { To: PHONE, Channel: 'whatsapp', Tags: '['.repeat(4_000) }],
  ['RateLimits', STARTS, { To: PHONE, Channel: 'whatsapp', RateLimits: '"x"' }],
  ['DeviceIp', STARTS, { To: PHONE, Channel: 'whatsapp', DeviceIp: 'here' }],
  ['TemplateSid', STARTS, { To: PHONE, Channel: 'whatsapp', TemplateSid: 'nice' }],
  ['Code', CHECKS, { To: PHONE }],
  ['Code', CHECKS, { To: PHONE, Code: '123' }],
  ['Code', CHECKS, { To: PHONE, Code: '12345678901' }],
  ['VerificationSid', CHECKS, { VerificationSid: 'VE1', Code: '123456' }],
  ['Status', `${STARTS}/VE${'0'.repeat(32)}`, { Status: 'done' }],
])('names the parameter %s that is not valid: %s %o', async (name, path, fields) => {
  const answer = await world.form('POST', path, fields);
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 60200, message: `Invalid parameter: ${name}` },
  });
  expectShape(answer);
});

it.each([
  ['GET', '/', 404, 20404],
  ['GET', '/Nothing', 404, 20404],
  ['GET', `/Services/VA${'0'.repeat(32)}`, 404, 20404],
  ['POST', `/Services/VA${'0'.repeat(32)}/Verifications`, 404, 20404],
  ['GET', `${STARTS}/VE${'0'.repeat(32)}`, 404, 20404],
  ['GET', `${STARTS}/${PHONE}`, 404, 20404],
  ['GET', `${STARTS}/%E0%A4%A`, 400, 20400],
  ['GET', `/Services/${SERVICE}/RateLimits`, 404, 20404],
  ['DELETE', `/Services/${SERVICE}`, 405, 20004],
  ['POST', '/Services', 405, 20004],
  ['GET', STARTS, 405, 20004],
  ['GET', `/Attempts/Summary?Channel=sms`, 400, 60200],
  ['GET', `/Attempts/Summary?DateCreatedAfter=yesterday`, 400, 60200],
  ['GET', `/Attempts/Summary?VerifyServiceSid=VA${'0'.repeat(32)}`, 404, 20404],
])('%s %s is %i %i', async (method, path, status, code) => {
  const answer = await world.form(method, path);
  expect(answer).toMatchObject({ status, body: { code } });
  expectShape(answer);
  if (status === 404)
    expect(answer.body.message).toBe(`The requested resource ${path.replace(/\?.*/, '')} was not found`);
});

it('reads forms alone, up to 64 kB', async () => {
  const json = await world.form('POST', STARTS, '{"To":"+201001230001"}', {
    'content-type': 'application/json',
  });
  expect(json).toMatchObject({
    status: 415,
    body: { code: 20415, message: expect.stringContaining('must be a form') },
  });
  const none = await world.form('POST', STARTS, '', { 'content-type': 'application/json' });
  expect(none).toMatchObject({ status: 400, body: { code: 60200, message: 'Invalid parameter: To' } });
  const large = await world.form('POST', STARTS, { To: PHONE, Tags: 'x'.repeat(70_000) });
  expect(large).toMatchObject({ status: 413, body: { code: 20413 } });
  const many = await world.form('POST', STARTS, 'a=1&'.repeat(200));
  expect(many.status).toBe(413);
  for (const answer of [json, none, large, many]) expectShape(answer);
});

it('says what a check is without a target, a channel without a way, and a text that there is not', async () => {
  expect(await world.form('POST', CHECKS, { Code: '123456' })).toMatchObject({
    status: 400,
    body: { code: 60221 },
  });
  for (const Channel of ['sna', 'rcs']) {
    expect(await world.form('POST', STARTS, { To: PHONE, Channel })).toMatchObject({ body: { code: 60223 } });
  }
  const text = { To: PHONE, Channel: 'whatsapp', TemplateSid: `HJ${'0'.repeat(32)}` };
  expect(await world.form('POST', STARTS, text)).toMatchObject({ status: 400, body: { code: 60228 } });
  const own = {
    ...text,
    To: world.person(),
    TemplateSid: sidsOf('env').template,
    Locale: 'es',
    CustomFriendlyName: 'Acme',
  };
  expect((await world.form('POST', STARTS, own)).status).toBe(201);
});

it('sends what was asked for by SMS over the route of every code, unless the key refuses it', async () => {
  const [sms, call] = [world.person(), world.person()];
  expect(await world.form('POST', STARTS, { To: sms, Channel: 'sms' })).toMatchObject({
    status: 201,
    body: { channel: 'whatsapp' },
  });
  expect((await world.form('POST', STARTS, { To: call, Channel: 'call' })).status).toBe(201);
  await world.codeOn(call);

  const { keys } = world.gateway.callers;
  const order = {
    name: 'app',
    scopes: ['verify' as const],
    allowedIps: null,
    limits: ENVIRONMENT.limits,
    expiresAt: null,
  };
  const made = await keys.create({ ...order, returnUrls: null, refusesSms: true }, BY);
  const sids = sidsOf(`key:${made.id}`);
  const asKey = { authorization: `Basic ${btoa(`${sids.account}:${made.key}`)}` };
  const startAsKey = (Channel: string) =>
    world.form('POST', `/Services/${sids.service}/Verifications`, { To: world.person(), Channel }, asKey);
  for (const channel of ['sms', 'call']) {
    expect(await startAsKey(channel)).toMatchObject({
      status: 403,
      body: { code: 60223, message: `Delivery channel disabled: ${channel.toUpperCase()}` },
    });
  }
  expect((await startAsKey('auto')).status).toBe(201);
  expect((await keys.setRefusesSms(made.id, false, BY)).refusesSms).toBe(false);
  expect((await startAsKey('sms')).status).toBe(201);
});

it('counts by contact and by key, each in its words', async () => {
  const { keys } = world.gateway.callers;
  const limits = { ...ENVIRONMENT.limits, perDay: 1 };
  const order = { name: 'few', scopes: ['verify' as const], allowedIps: null, limits, expiresAt: null };
  const made = await keys.create({ ...order, returnUrls: null }, BY);
  const sids = sidsOf(`key:${made.id}`);
  const asKey = { authorization: `Basic ${btoa(`${sids.key}:${made.key}`)}` };
  const startAsKey = () =>
    world.form(
      'POST',
      `/Services/${sids.service}/Verifications`,
      { To: world.person(), Channel: 'whatsapp' },
      asKey,
    );
  expect((await startAsKey()).status).toBe(201);
  const refused = await startAsKey();
  expect(refused).toMatchObject({ status: 429, body: { code: 20429, message: 'Too many requests' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  const noScope = await keys.create({ ...order, scopes: ['otp:send'], returnUrls: null }, BY);
  const other = sidsOf(`key:${noScope.id}`);
  const answer = await world.form('GET', '/Services', undefined, {
    authorization: `Basic ${btoa(`${other.account}:${noScope.key}`)}`,
  });
  expect(answer).toMatchObject({ status: 403, body: { code: 20403 } });
  for (const each of ['', 'Basic', 'Basic !!', `Basic ${btoa('nothing')}`, `Bearer ${made.key}`]) {
    const unknown = await world.form('GET', '/Services', undefined, { authorization: each });
    expect(unknown).toMatchObject({ status: 401, body: { code: 20003 } });
    expect(unknown.headers.get('www-authenticate')).toMatch(/^Basic /);
  }
});

it('a person who may not be written to is no success: 503 with the time to wait', async () => {
  world.gateway.sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
  const { status, body, headers } = await world.form('POST', STARTS, {
    To: world.person(),
    Channel: 'whatsapp',
  });
  world.gateway.sender.set({ state: 'READY', need: null, openSince: world.gateway.clock.now() - 60_000 });
  expect([status, body.code]).toEqual([503, 20503]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});

/** Starts over verifications that answer as the test wants. */
function startsWith(start: () => Promise<never>, reaches = true) {
  const starts = createStarts({
    verifications: { start },
    callers: { admission: () => null, testNumbers: { find: async () => null, usable: async () => null } },
    routing: { reaches: () => reaches },
    env: 'test',
  });
  const form = { To: { kind: 'phone', value: PHONE }, Channel: 'whatsapp' } as StartForm;
  return () => starts(form, ENVIRONMENT);
}

it('a second start while one is under way is 60212', async () => {
  const under = withResolvers();
  const start = vi.fn(() => under.promise);
  const begin = startsWith(start);
  const first = begin();
  await expect(begin()).rejects.toMatchObject({ httpStatus: 429, twilioCode: 60212 });
  under.reject(new AppError('store_unavailable', 'Away.'));
  await expect(first).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(start).toHaveBeenCalledTimes(1);
});

function withResolvers() {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  return { promise, reject: (error: Error) => reject(error) };
}

it.each<[ErrorCode, object]>([
  ['rate_limited', { twilioCode: 60203 }],
  ['fields_invalid', { twilioCode: 60200, message: 'Invalid parameter: Channel' }],
  ['blocked_prefix', { code: 'blocked_prefix' }],
])('a refusal of %s is told as %o', async (code, told) => {
  const problems = [{ field: 'channel', message: 'channel is not set up here' }];
  const about = code === 'fields_invalid' ? { problems } : {};
  const begin = startsWith(() => Promise.reject(new AppError(code, 'No.', about)));
  await expect(begin()).rejects.toMatchObject(told);
});

it('a channel that is not set up is 60223', async () => {
  const begin = startsWith(() => Promise.reject(new Error('not asked')), false);
  await expect(begin()).rejects.toMatchObject({ httpStatus: 403, twilioCode: 60223 });
});
