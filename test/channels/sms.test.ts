import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { StoreUnavailable } from '../../database/unavailable.js';
import type { OutgoingMessage } from '../../src/channels/channel.js';
import {
  createSmsProvider,
  type Script,
  type SmsProvider,
} from '../../src/sandbox/providers/sms-provider.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { openSms, PERSON, smsMessage, smsSettings } from './sms-world.js';

let provider: SmsProvider;
let database: Database;
let clock = createTestClock();

beforeAll(async () => {
  [provider, database] = await Promise.all([createSmsProvider(), openTestDatabase()]);
});
afterAll(async () => {
  await provider.close();
  await database.close();
});
beforeEach(() => {
  clock = createTestClock();
  provider.clear();
});

const open = (change: object = {}) => openSms({ database, clock, settings: smsSettings(provider, change) });
const failure = (sender: ReturnType<typeof open>, change: Partial<OutgoingMessage> = {}) =>
  sender.send(smsMessage(clock, change)).then(
    () => null,
    (error: unknown) => error,
  );
/** As a file names it. */
const NAMED_KEY = '$'.concat('{SMS_KEY}');
const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const path = (name: string) => provider.url.replace('/messages', `/${name}`);

describe('a request', () => {
  it('is what the template says: its method, its headers, its body with numbers as numbers', async () => {
    const message = smsMessage(clock, { expiresAt: clock.now() + 90_500 });
    expect(await open().send(message)).toEqual({ acceptedAt: clock.now() });
    const asked = provider.requests.at(-1);
    expect(asked).toMatchObject({
      method: 'POST',
      path: '/messages',
      headers: { authorization: `Bearer ${provider.key}`, 'content-type': 'application/json; charset=utf-8' },
    });
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      to: PERSON,
      text: 'Your verification code is 482915.',
      ttl: 90,
      ref: message.messageId,
      callback: 'https://otp.example.com/providers/sms/r3ceipt-key',
    });
    expect(message.messageId).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    [
      'a form',
      {
        encoding: 'form',
        body: { To: '{to}', Body: '{text}', From: 'a&b', Key: '{secret.SMS_KEY}' },
      },
      { body: 'To=%2B201001234567&Body=a+%26+b+482915&From=a%26b&Key=sandbox-sms-key' },
    ],
    [
      'xml',
      { encoding: 'xml', body: '<sms to="{to_digits}" cc="{country}">{text}</sms>' },
      { body: '<sms to="201001234567" cc="EG">a &amp; b 482915</sms>' },
    ],
    [
      'a text',
      { encoding: 'text', body: '{locale}:{to_national}:{text}' },
      { body: 'ar:1001234567:a & b 482915' },
    ],
    [
      'a query',
      { method: 'GET', body: null, query: { to: '{to}', text: '{text}', key: NAMED_KEY } },
      { method: 'GET', path: '/any?to=%2B201001234567&text=a+%26+b+482915&key=sandbox-sms-key', body: '' },
    ],
    [
      'json with what is no place, and lists',
      {
        method: 'PUT',
        body: [{ code: '{code}', n: '{ttl_seconds}', s: '{ttl_seconds} s', raw: '{ "a": 1 }', x: null }],
      },
      { body: '[{"code":"482915","n":300,"s":"300 s","raw":"{ \\"a\\": 1 }","x":null}]' },
    ],
  ])('may be %s, and each value stands in its form', async (_what, change, expected) => {
    const sender = open({ url: path('any'), ...change });
    await sender.send(smsMessage(clock, { text: 'a & b 482915', locale: 'ar' }));
    expect(provider.requests.at(-1)).toMatchObject(expected);
  });

  it('never breaks out of a header', async () => {
    const sender = open({ url: path('any'), headers: { 'X-Text': '{text}' } });
    const before = provider.requests.length;
    expect(await failure(sender, { text: '482915\r\nX-Other: 1' })).toMatchObject({ kind: 'reject' });
    expect(provider.requests).toHaveLength(before);
  });

  it('is signed for a bridge of our own, with each secret (Standard Webhooks)', async () => {
    const secrets = [secretOf(1), secretOf(2)];
    const message = smsMessage(clock);
    await open({ signature: { secrets } }).send(message);
    const { headers, body = '' } = provider.requests.at(-1) ?? {};
    const timestamp = String(clock.now() / 1_000);
    expect(headers).toMatchObject({ 'webhook-id': message.messageId, 'webhook-timestamp': timestamp });
    const signed = [1, 2].map((byte) => {
      const hmac = createHmac('sha256', Buffer.alloc(32, byte));
      return `v1,${hmac.update(`${message.messageId}.${timestamp}.${body}`).digest('base64')}`;
    });
    expect(headers?.['webhook-signature']).toBe(signed.join(' '));
  });

  it('waits for the word that it may be written', async () => {
    const before = provider.requests.length;
    expect(await failure(open(), { beforeWrite: async () => false })).toMatchObject({
      kind: 'wait',
      failure: 'not_written',
    });
    const broken = async () => {
      throw new StoreUnavailable(new Error('gone'));
    };
    expect(await failure(open(), { beforeWrite: broken })).toMatchObject({
      kind: 'wait',
      failure: 'not_written',
    });
    expect(provider.requests).toHaveLength(before);
  });
});

const RETRY = { kind: 'retry', failure: 'transport', mayHaveArrived: false };
const LOST = { kind: 'retry', failure: 'transport', mayHaveArrived: true };
const REJECT = { kind: 'reject', failure: 'rejected_by_provider', mayHaveArrived: false };
const OBSTACLE = { kind: 'wait', failure: 'transport', mayHaveArrived: false };
const LISTS = { final: ['bad_number', 409], retry: ['busy'], obstacle: ['no_credit'] };
const refused = (status: number, code = 'other', headers = {}): Script => ({
  answer: { status, body: { error: { code } }, headers },
});

describe('what an answer means', () => {
  it.each<
    [
      what: string,
      script: Script,
      error: object | null,
      trouble: 'person' | 'passing' | null,
      change?: object,
    ]
  >([
    ['200', { answer: { status: 200 } }, null, null],
    ['202', { answer: { status: 202 } }, null, null],
    ['204 without a body', { answer: { status: 204, body: '' } }, null, null],
    ['200 that is no JSON', { answer: { status: 200, body: 'ok' } }, null, null],
    ['200, where 202 is meant', refused(200), REJECT, null, { accept: { status: [202] } }],
    ['400', refused(400), REJECT, null],
    ['404', refused(404), REJECT, null],
    ['405', refused(405), REJECT, null],
    ['422', refused(422), REJECT, null],
    ['401', refused(401), OBSTACLE, 'person'],
    ['402', refused(402), OBSTACLE, 'person'],
    ['403', refused(403), OBSTACLE, 'person'],
    ['302, which is not followed', refused(302, '', { location: 'http://127.0.0.1:9/' }), OBSTACLE, 'person'],
    ['408', refused(408), RETRY, null],
    ['425', refused(425), RETRY, null],
    ['429', refused(429), RETRY, null],
    [
      '429 with Retry-After',
      refused(429, 'x', { 'retry-after': '17' }),
      { ...RETRY, retryAfterMs: 17_000 },
      null,
    ],
    ['500', refused(500), RETRY, 'passing'],
    ['503 with a page', { answer: { status: 503, body: '<html>' } }, RETRY, 'passing'],
    ['an error that the settings call final, with 500', refused(500, 'bad_number'), REJECT, null, LISTS],
    ['a status that the settings call final', refused(409), REJECT, null, LISTS],
    ['an error to be tried again, with 400', refused(400, 'busy'), RETRY, null, LISTS],
    ['an error for a person, with 400', refused(400, 'no_credit'), OBSTACLE, 'person', LISTS],
    [
      'an error within a 200',
      { answer: { status: 200, body: { ok: 0, error: { code: 'busy' } } } },
      RETRY,
      null,
      { ...LISTS, accept: { path: 'ok', values: [1] } },
    ],
    [
      'a good word within a 200',
      { answer: { status: 200, body: { ok: '1' } } },
      null,
      null,
      { accept: { path: 'ok', values: [1] } },
    ],
    [
      'a 200 in which the word is missing',
      { answer: { status: 200, body: '{"o' } },
      LOST,
      null,
      { accept: { path: 'ok', values: [1] } },
    ],
    ['the end of the connection', { answer: 'reset' }, LOST, 'passing'],
  ])('%s', async (_what, script, error, trouble, change = {}) => {
    provider.script(PERSON, script);
    const sender = open(change);
    const found = await failure(sender);
    if (error === null) expect(found).toBeNull();
    else expect(found).toMatchObject(error);
    const known = sender.trouble();
    expect(known && (known.needsPerson ? 'person' : 'passing')).toBe(trouble);
    expect(sender.isShut()).toBe(trouble !== null);
    sender.close();
  });

  it('no answer in time: it may have arrived', async () => {
    provider.script(PERSON, { answer: 'hang' });
    const before = provider.requests.length;
    const found = failure(open({ timeoutMs: 2_000 }));
    await until('the request', () => provider.requests.length > before);
    await clock.advance(2_000);
    expect(await found).toMatchObject({
      ...LOST,
      message: 'The SMS provider could not be reached (no answer within 2 s).',
    });
  });

  it('nobody there: nothing was written', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    expect(await failure(open({ url: `http://127.0.0.1:${port}/` }))).toMatchObject({
      ...RETRY,
      message: 'The SMS provider could not be reached (ECONNREFUSED).',
    });
  });

  it('repeats nothing of the message, and no secret', async () => {
    const said = `482915 for ${PERSON} with ${provider.key}, number 21211`;
    provider.script(PERSON, refused(400, said));
    const found = String(await failure(open({ headers: { Authorization: `Bearer ${NAMED_KEY}` } })));
    expect(found).toContain('refused the message (HTTP 400');
    expect(found).not.toMatch(/482915|1001234567|sandbox-sms-key/);
  });
});

it('a provider that takes nothing is left in peace, ever longer, until the next message finds out', async () => {
  const sender = open();
  const told: (number | null)[] = [];
  sender.onTrouble(() => void told.push(sender.trouble()?.nextTryAt ?? null));
  provider.script(PERSON, refused(401, 'bad_key'));
  const began = clock.now();
  for (const seconds of [30, 60, 120, 240, 300, 300]) {
    await failure(sender);
    expect(sender.trouble()).toMatchObject({
      since: began,
      needsPerson: true,
      nextTryAt: clock.now() + seconds * 1_000,
    });
    await clock.advance(seconds * 1_000);
    expect(sender.isShut()).toBe(false);
  }
  expect(told.length).toBe(12);
  provider.clear();
  await sender.send(smsMessage(clock));
  expect([sender.trouble(), told.at(-1)]).toEqual([null, null]);
});
