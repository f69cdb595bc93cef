import { createHash, createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createSmsProvider, type SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { openSms, RECEIPT_KEY, smsMessage, smsSettings } from './sms-world.js';

let provider: SmsProvider;
let clock = createTestClock();

beforeAll(async () => {
  provider = await createSmsProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  clock = createTestClock();
  provider.clear();
});

const OURS = 'ab'.repeat(16);
const MAP = { SENT: 'accepted', DELIVRD: 'delivered', READ: 'read', UNDELIV: 'failed', BUSY: 'failed' };
const JSON_RECEIPT = { in: 'json', id: 'ref', status: 'status', map: MAP };

describe.each(DATABASES)('receipts on %s', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  const open = (receipt: object, change: object = {}) => {
    const settings = smsSettings(provider, { receipt: { ...JSON_RECEIPT, ...receipt }, ...change });
    const sender = openSms({ database, clock, settings });
    async function post(
      body: string,
      {
        headers = {},
        query = '',
        key = RECEIPT_KEY,
      }: { headers?: object; query?: string; key?: string } = {},
    ) {
      const request = {
        key,
        headers: { ...headers },
        query: new URLSearchParams(query),
        raw: Buffer.from(body),
      };
      const received = await sender.receiver?.receive(request);
      await clock.advance(0);
      return received;
    }
    return { ...sender, post };
  };

  it.each([
    ['json', {}, JSON.stringify({ ref: OURS, status: 'DELIVRD' }), ''],
    [
      'a list in json',
      { list: 'results', id: 'm.id', status: 's' },
      JSON.stringify({ results: [{ m: { id: OURS }, s: 'DELIVRD' }] }),
      '',
    ],
    ['a form', { in: 'form' }, `ref=${OURS}&status=DELIVRD`, ''],
    ['a query', { in: 'query' }, '', `ref=${OURS}&status=DELIVRD`],
  ])('come as %s', async (_what, receipt, body, query) => {
    const sms = open(receipt);
    expect(await sms.post(body, { query })).toBe('taken');
    expect(sms.receipts).toEqual([{ messageId: OURS, kind: 'delivered', at: clock.now() }]);
  });

  it('say what happened, and whether it is over', async () => {
    const sms = open({}, { retry: ['BUSY'] });
    for (const status of ['SENT', 'READ', 'UNDELIV', 'BUSY', 'NEW']) {
      await sms.post(JSON.stringify({ ref: OURS, status }));
    }
    expect(sms.receipts).toMatchObject([
      { kind: 'accepted' },
      { kind: 'read' },
      { kind: 'failed', final: true, reason: 'The SMS provider reported UNDELIV.' },
      { kind: 'failed', final: false },
    ]);
  });

  it.each([
    ['Unix seconds', (now: number) => (now - 6_000) / 1_000, 5_001],
    ['milliseconds', (now: number) => now - 5_000, 5_000],
    ['ISO 8601', (now: number) => new Date(now - 5_000).toISOString(), 5_000],
  ])('say when, in %s, and never later than now', async (_what, at, ago) => {
    const sms = open({ at: 'at' });
    for (const ms of [0, 60_000]) {
      await sms.post(JSON.stringify({ ref: OURS, status: 'SENT', at: at(clock.now() + ms) }));
    }
    expect(sms.receipts.map((receipt) => clock.now() - receipt.at)).toEqual([ago, 0]);
  });

  it('find their message by the number of the provider, even when they come before the answer', async () => {
    const sms = open({ id: 'id' });
    const message = smsMessage(clock);
    await sms.post(JSON.stringify({ id: 'sms-early', status: 'SENT' }));
    provider.script('', { answer: { status: 200, body: { id: 'sms-early' } } });
    await sms.send(message);
    await clock.advance(15_000);
    await until('the receipt', () => sms.receipts.length > 0);
    await sms.post(JSON.stringify({ id: 'sms-early', status: 'DELIVRD' }));
    await until('the receipt', () => sms.receipts.length > 1);
    expect(sms.receipts).toMatchObject([
      { messageId: message.messageId, kind: 'accepted' },
      { messageId: message.messageId, kind: 'delivered' },
    ]);
  });

  it('of nobody are passed over', async () => {
    const sms = open({ id: 'id' });
    expect(await sms.post(JSON.stringify({ id: 'nobody', status: 'DELIVRD' }))).toBe('taken');
    expect(await sms.post(JSON.stringify({ status: 'DELIVRD' }))).toBe('taken');
    await clock.advance(60_000);
    expect(sms.receipts).toEqual([]);
  });

  it.each(['', 'x', '[]', '"text"', '{'])('are not in %j', async (body) => {
    const sms = open({ list: 'results' });
    expect(await sms.post(body)).toBe('unreadable');
  });

  it('come to an address that nobody guesses', async () => {
    const sms = open({});
    const body = JSON.stringify({ ref: OURS, status: 'DELIVRD' });
    for (const key of ['', RECEIPT_KEY.slice(1), `${RECEIPT_KEY}x`]) {
      expect(await sms.post(body, { key })).toBe('elsewhere');
    }
    expect(sms.receipts).toEqual([]);
  });

  const BODY = JSON.stringify({ ref: OURS, status: 'DELIVRD' });
  const hmac = (algo: string, encoding: 'hex' | 'base64', text = BODY) =>
    createHmac(algo, 's3cret').update(text).digest(encoding);
  const jwt = async (claims: object, secret = 's3cret', alg = 'HS256') =>
    await new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(Buffer.from(secret.padEnd(64, '.')));
  const JWT_SECRET = 's3cret'.padEnd(64, '.');
  const about = (text: string) => ({ payload_hash: createHash('sha256').update(text).digest('hex') });

  it.each<
    [
      what: string,
      verification: object,
      right: () => object | Promise<object>,
      wrong: () => object | Promise<object>,
    ]
  >([
    [
      'a bearer token',
      { type: 'bearer', token: 't0ken' },
      () => ({ authorization: 'Bearer t0ken' }),
      () => ({ authorization: 'Bearer t0keN' }),
    ],
    [
      'a login',
      { type: 'basic', user: 'u', password: 'p:w' },
      () => ({ authorization: `Basic ${btoa('u:p:w')}` }),
      () => ({ authorization: `Basic ${btoa('u:p')}` }),
    ],
    [
      'a signature of the body',
      { type: 'hmac', secret: 's3cret', header: 'X-Sig', prefix: 'sha256=' },
      () => ({ 'x-sig': `sha256=${hmac('sha256', 'hex')}` }),
      () => ({ 'x-sig': hmac('sha256', 'hex') }),
    ],
    [
      'a signature of the time and the body',
      {
        type: 'hmac',
        secret: 's3cret',
        header: 'X-Sig',
        algo: 'sha1',
        encoding: 'base64',
        over: 'ts+body',
        timestampHeader: 'X-Time',
      },
      () => ({ 'x-time': '17', 'x-sig': hmac('sha1', 'base64', `17${BODY}`) }),
      () => ({ 'x-time': '18', 'x-sig': hmac('sha1', 'base64', `17${BODY}`) }),
    ],
    [
      'a signature of the body and the time',
      {
        type: 'hmac',
        secret: 's3cret',
        header: 'X-Sig',
        algo: 'sha512',
        over: 'body+ts',
        timestampHeader: 'X-Time',
      },
      () => ({ 'x-time': '17', 'x-sig': hmac('sha512', 'hex', `${BODY}17`) }),
      () => ({ 'x-sig': hmac('sha512', 'hex', `${BODY}17`) }),
    ],
    [
      'a JWT about the body',
      { type: 'jwt-hs256', secret: JWT_SECRET, header: 'X-Jwt' },
      async () => ({ 'x-jwt': await jwt(about(BODY)) }),
      async () => ({ 'x-jwt': await jwt(about(`${BODY} `)) }),
    ],
    [
      'a JWT as a bearer token',
      { type: 'jwt-hs256', secret: JWT_SECRET },
      async () => ({ authorization: `Bearer ${await jwt({ exp: clock.now() / 1_000 + 60 })}` }),
      async () => ({ authorization: `Bearer ${await jwt({ exp: clock.now() / 1_000 - 120 })}` }),
    ],
    [
      'a JWT of the right kind',
      { type: 'jwt-hs256', secret: JWT_SECRET },
      async () => ({ authorization: `Bearer ${await jwt({})}` }),
      async () => ({ authorization: `Bearer ${await jwt({}, 'other')}` }),
    ],
    [
      'a JWT that no other algorithm has made',
      { type: 'jwt-hs256', secret: JWT_SECRET },
      async () => ({ authorization: `Bearer ${await jwt({})}` }),
      async () => ({ authorization: `Bearer ${await jwt({}, 's3cret', 'HS512')}` }),
    ],
  ])('are shown by %s to be from the provider', async (_what, verification, right, wrong) => {
    const sms = open({ verification });
    for (const headers of [await wrong(), {}]) expect(await sms.post(BODY, { headers })).toBe('unsigned');
    expect(sms.receipts).toEqual([]);
    expect(await sms.post(BODY, { headers: await right() })).toBe('taken');
    expect(sms.receipts).toHaveLength(1);
  });
});
