import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type Client,
  type ClientSettings,
  createClient,
  isOtpError,
} from '../../packages/client/src/index.js';

type Reply = () => Response | Promise<Response>;

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => vi.useRealTimers());

/** A gateway that gives these answers one after the other, and the last one for ever. */
function gatewayOf(...replies: Reply[]) {
  const asked: Request[] = [];
  const fetch = async (address: string, init?: RequestInit) => {
    const request = new Request(address, init);
    asked.push(request);
    const reply = replies[Math.min(asked.length, replies.length) - 1];
    const answer = reply?.() ?? new Response(null, { status: 500 });
    return await Promise.race([
      answer,
      new Promise<never>((_, reject) => {
        const end = () => reject(request.signal.reason);
        if (request.signal.aborted) end();
        else request.signal.addEventListener('abort', end);
      }),
    ]);
  };
  const client = (settings: Partial<ClientSettings> = {}) =>
    createClient({
      url: 'https://otp.test/',
      apiKey: 'key',
      fetch: fetch as unknown as typeof globalThis.fetch,
      ...settings,
    });
  return { asked, client: client(), with: client };
}

const json =
  (status: number, body: object, headers = {}): Reply =>
  () =>
    Response.json(body, { status, headers });
const refused = (status: number, code: string, retryAfter?: string) =>
  json(
    status,
    { message: `Not now: ${code}`, code, reason: 'Because.' },
    retryAfter ? { 'Retry-After': retryAfter } : {},
  );
const sent = json(202, { jobId: 1, otp: '4867' });
const broken: Reply = () => Promise.reject(new TypeError('fetch failed'));
const never: Reply = () => new Promise(() => {});

/** What a promise comes to while time flies. */
async function inTime<T>(promise: Promise<T>, ms = 60_000): Promise<T | { thrown: unknown }> {
  const settled = promise.catch((thrown: unknown) => ({ thrown }));
  await vi.advanceTimersByTimeAsync(ms);
  return await settled;
}
const keysOf = (asked: Request[]) => asked.map(({ headers }) => headers.get('idempotency-key'));

it('a request carries the key, an idempotency key of its own, and its fields', async () => {
  const gateway = gatewayOf(sent);
  await gateway.client.send({ phoneNumber: '+12025550143' });
  await gateway.client.send({ phoneNumber: '+12025550143' });
  const [first] = gateway.asked;
  expect(first?.url).toBe('https://otp.test/api/v1/otp/send');
  expect(first?.headers.get('x-api-key')).toBe('key');
  expect(await first?.json()).toEqual({ phoneNumber: '+12025550143' });
  expect(new Set(keysOf(gateway.asked)).size).toBe(2);
  expect(keysOf(gateway.asked)[0]).toMatch(/^[0-9a-f-]{36}$/);
});

it.each([
  [429, 'rate_limited'],
  [503, 'sender_disconnected'],
])(
  'a %i with Retry-After is asked again after that time, under the same idempotency key',
  async (status, code) => {
    const gateway = gatewayOf(refused(status, code, '3'), sent);
    const answer = gateway.client.send({ phoneNumber: '+12025550143' });
    await vi.advanceTimersByTimeAsync(2_999);
    expect(gateway.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer).toMatchObject({ jobId: 1 });
    expect(new Set(keysOf(gateway.asked)).size).toBe(1);
  },
);

it.each<[string, Reply]>([
  ['a Retry-After that ends after the deadline', refused(503, 'sender_disconnected', '11')],
  ['a 429 without Retry-After', refused(429, 'rate_limited')],
  ['a 500', refused(500, 'internal', '1')],
  ['a 400', refused(400, 'phone_number_invalid', '1')],
])('%s is not asked again', async (_what, reply) => {
  const gateway = gatewayOf(reply, sent);
  expect(await inTime(gateway.client.send({ phoneNumber: '1' }))).toHaveProperty('thrown.status');
  expect(gateway.asked).toHaveLength(1);
});

it('it is asked again until the deadline, and then the last answer is the error', async () => {
  const gateway = gatewayOf(refused(503, 'queue_full', '4'));
  const result = await inTime(gateway.client.send({ phoneNumber: '+12025550143' }));
  expect(result).toMatchObject({
    thrown: { code: 'queue_full', status: 503, reason: 'Because.', retryAfterSeconds: 4 },
  });
  expect(gateway.asked).toHaveLength(3);
});

it('after a failure of the network nothing is asked again, and the error tells the idempotency key', async () => {
  const start = gatewayOf(broken, json(201, { id: 'ver_1' }));
  const failed = await inTime(start.client.verify.start({ to: '+12025550143' }));
  const [idempotencyKey] = keysOf(start.asked);
  expect(failed).toMatchObject({ thrown: { code: 'network_failed', status: null, idempotencyKey } });
  expect([start.asked.length, idempotencyKey]).toEqual([1, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  const again = start.client.verify.start({ to: '+12025550143' }, { idempotencyKey });
  expect(await inTime(again)).toEqual({ id: 'ver_1' });
  expect(new Set(keysOf(start.asked)).size).toBe(1);

  for (const ask of [
    ({ verify }: Client) => verify.get('ver_1'),
    ({ verify }: Client) => verify.wait('ver_1'),
    ({ verify }: Client) => verify.check('ver_1', '123456'),
  ]) {
    const gateway = gatewayOf(broken, json(200, { id: 'ver_1', status: 'approved' }));
    expect(await inTime<unknown>(ask(gateway.client))).toMatchObject({
      thrown: { code: 'network_failed', idempotencyKey: null },
    });
    expect(gateway.asked).toHaveLength(1);
  }
});

it('a 409 is not asked again, even with a Retry-After', async () => {
  const gateway = gatewayOf(refused(409, 'idempotency_key_in_flight', '1'), sent);
  const given = gateway.client.send({ phoneNumber: '+12025550143' }, { idempotencyKey: 'order-17' });
  expect(await inTime(given)).toMatchObject({
    thrown: { code: 'idempotency_key_in_flight', idempotencyKey: 'order-17' },
  });
  expect(keysOf(gateway.asked)).toEqual(['order-17']);
});

it('a call ends at its deadline, and at once when its signal is aborted', async () => {
  const gateway = gatewayOf(never);
  const late = gateway.client.status(1, { timeoutMs: 500 }).catch((error: unknown) => error);
  const once = { timeoutMs: 500, idempotencyKey: 'order-17' };
  const sending = gateway.client.send({ phoneNumber: '1' }, once).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(500);
  expect(await late).toMatchObject({ code: 'timed_out', idempotencyKey: null });
  expect(await sending).toMatchObject({ code: 'timed_out', idempotencyKey: 'order-17' });

  const leaving = new AbortController();
  const why = new Error('The browser has gone');
  const left = gateway.client.status(1, { signal: leaving.signal }).catch((error: unknown) => error);
  leaving.abort(why);
  expect(await left).toBe(why);
  expect(await gateway.client.status(1, { signal: leaving.signal }).catch((error: unknown) => error)).toBe(
    why,
  );

  const pausing = gatewayOf(refused(503, 'queue_full', '5'));
  const paused = new AbortController();
  const ended = pausing.client.status(1, { signal: paused.signal }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(100);
  paused.abort(why);
  expect(await ended).toBe(why);
  expect(vi.getTimerCount()).toBe(0);
});

it('an error is told by its code, and one of a newer gateway stays usable', async () => {
  const gateway = gatewayOf(
    json(
      400,
      { message: 'No.', code: 'fields_invalid', errors: [{ field: 'to', message: 'to is wrong' }] },
      {
        'X-Request-Id': 'req-1',
      },
    ),
    json(418, { message: 'I am a teapot.', code: 'teapot' }),
  );
  const wrong = await inTime(gateway.client.verify.start({ to: '' }));
  const error = (wrong as { thrown: unknown }).thrown;
  expect(isOtpError(error, 'fields_invalid') && error.fields).toEqual([
    { field: 'to', message: 'to is wrong' },
  ]);
  expect(isOtpError(error, 'rate_limited', 'queue_full')).toBe(false);
  expect(error).toMatchObject({ name: 'OtpError', requestId: 'req-1', message: 'No.' });
  const unknown = await inTime(gateway.client.status(1));
  expect(unknown).toMatchObject({ thrown: { code: 'teapot', status: 418, message: 'I am a teapot.' } });
});

it.each<[string, Reply, RegExp]>([
  ['a page of a proxy', () => new Response('<h1>Bad Gateway</h1>', { status: 502 }), /HTTP 502/],
  ['a page instead of an answer', () => new Response('<h1>Welcome</h1>'), /HTTP 200/],
  [
    'a redirect, which would take the key elsewhere',
    () => new Response(null, { status: 301, headers: { Location: 'https://elsewhere.test/' } }),
    /elsewhere\.test/,
  ],
])('%s is not taken for the gateway', async (_what, reply, words) => {
  const gateway = gatewayOf(reply);
  const result = await inTime(gateway.client.status(1));
  expect(result).toMatchObject({
    thrown: { code: 'answer_unreadable', message: expect.stringMatching(words) },
  });
  expect(gateway.asked[0]?.redirect).toBe('manual');
});

it('a date in Retry-After counts, too', async () => {
  const in3 = () => new Date(Date.now() + 3_000).toUTCString();
  const gateway = gatewayOf(() => refused(503, 'queue_full', in3())() as Response, sent);
  expect(await inTime(gateway.client.send({ phoneNumber: '+12025550143' }))).toMatchObject({ jobId: 1 });
});

it('wait holds on until the verification has ended', async () => {
  const pending = json(200, { id: 'ver_1', status: 'pending' });
  const gateway = gatewayOf(pending, pending, json(200, { id: 'ver_1', status: 'approved' }));
  const seen: string[] = [];
  const ended = gateway.client.verify.wait('ver_1', { onPending: ({ status }) => seen.push(status) });
  expect(await inTime(ended)).toMatchObject({ status: 'approved' });
  expect(seen).toEqual(['pending', 'pending']);
  expect(new URL(gateway.asked[0]?.url ?? '').search).toBe('?wait=25');

  const endless = gatewayOf(pending);
  const limited = await inTime(endless.client.verify.wait('ver_1', { timeoutMs: 5_000 }));
  expect(limited).toMatchObject({ thrown: { code: 'timed_out' } });
  // What holds no answer is not asked without end.
  expect(endless.asked.length).toBeLessThanOrEqual(11);
  expect(vi.getTimerCount()).toBe(0);
});

it('what cannot be sent is a mistake of the call, and no outage', async () => {
  const gateway = gatewayOf(sent);
  const body = { phoneNumber: '+12025550143' };
  const torn = await inTime(gateway.with({ apiKey: 'a\nkey' }).send(body));
  const strange = await inTime(gateway.client.send(body, { idempotencyKey: 'لا' }));
  expect([torn, strange]).toEqual([{ thrown: expect.any(TypeError) }, { thrown: expect.any(TypeError) }]);
  expect(gateway.asked).toHaveLength(0);
});

it('what is missing or wrong in the settings is said at once', () => {
  expect(() => createClient({ url: 'https://otp.test', apiKey: undefined })).toThrow('apiKey is missing');
  expect(() => createClient({ url: undefined, apiKey: 'key' })).toThrow(/url must be an address/);
});
