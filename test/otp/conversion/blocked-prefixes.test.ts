import { describe, expect, it, onTestFinished } from 'vitest';
import { createAlarms } from '../../../src/alarms/alarms.js';
import { silentLog } from '../../../src/log.js';
import { blockAlarms } from '../../../src/otp/conversion/block-alarms.js';
import { cleanUpBlocks, createBlockedPrefixes } from '../../../src/otp/conversion/blocked-prefixes.js';
import type { CodeOrder } from '../../../src/otp/issue.js';
import { DATABASES, openTestDatabase } from '../../support/databases.js';
import { reach } from '../../support/reach.js';
import { createCodes, TTL_MS } from '../codes.js';
import { createVerifier } from './verify.js';

const PREFIX = '+20100123';
const HERS = `${PREFIX}4567`;
const NEIGHBOUR = `${PREFIX}0001`;
const ELSEWHERE = '+201009994567';
const SECOND = 1_000;
const HOUR = 3_600_000;

const paid = { costs: true, isCold: async () => false };
const free = { costs: false, isCold: async () => false };
const cold = { costs: false, isCold: async () => true };

describe.each(DATABASES)('a prefix on %s', (kind) => {
  async function scene() {
    const database = await openTestDatabase(kind);
    const codes = createCodes(database);
    onTestFinished(async () => {
      await codes.stop();
      await database.close();
    });
    const { store } = database;
    const { clock, conversion, blocked, issuer } = codes;
    const { start, startMany } = createVerifier(store, clock, conversion);
    const sent: string[] = [];
    const telegram = { send: (text: string) => void sent.push(text) };
    const alarms = createAlarms({ store, clock, log: silentLog, telegram });
    return {
      ...codes,
      store,
      sent,
      start,
      elsewhere: createBlockedPrefixes({ store, clock }),
      verify: (started: number, approved: number) => startMany(PREFIX, started, approved),
      lift: () => store.transaction().execute((trx) => blocked.lift(trx, PREFIX)),
      async alert() {
        for (const alarm of await blockAlarms(blocked)) await alarms.raise(alarm);
      },
      issue: (contact: string, change: Partial<CodeOrder> = {}) =>
        issuer.issue({
          caller: 'env',
          contact: { kind: 'phone', value: contact },
          purpose: 'gateway',
          length: 4,
          ttlMs: TTL_MS,
          silent: false,
          ...change,
        }),
    };
  }

  it.each([
    [19, 0, false],
    [20, 2, false],
    [20, 1, true],
    [40, 4, false],
    [40, 3, true],
  ])('of %i verifications in an hour, %i of them approved, is blocked: %s', async (started, approved, is) => {
    const { verify, blocked } = await scene();
    await verify(started, approved);
    expect((await blocked.blockedUntil(HERS, paid)) !== null).toBe(is);
  });

  it('gets nothing over paid channels and no cold message, for twelve hours', async () => {
    const { verify, blocked, clock, store } = await scene();
    expect(await blocked.blockedUntil(HERS, paid)).toBe(null);
    await verify(20, 1);
    const end = clock.now() + 12 * HOUR;
    const seen = async (contact: string) =>
      Promise.all([paid, cold, free].map((lane) => blocked.blockedUntil(contact, lane)));
    expect(await seen(HERS)).toEqual([end, end, null]);
    expect(await seen(ELSEWHERE)).toEqual([null, null, null]);
    expect(await seen('guest@example.com')).toEqual([null, null, null]);
    expect(await blocked.list()).toEqual([
      { prefix: PREFIX, country: 'EG', since: clock.now(), until: end, started: 20, approved: 1 },
    ]);
    await clock.advance(12 * HOUR - 1);
    expect(await seen(HERS)).toEqual([end, end, null]);
    await clock.advance(1);
    expect(await seen(HERS)).toEqual([null, null, null]);
    await cleanUpBlocks(store, clock.now());
    expect(await store.selectFrom('blocked_prefixes').selectAll().execute()).toEqual([]);
  });

  it('is judged by the last hour alone', async () => {
    const { verify, blocked, clock } = await scene();
    await verify(19, 0);
    await clock.advance(HOUR);
    await verify(19, 0);
    expect(await blocked.blockedUntil(HERS, paid)).toBe(null);
  });

  it('is blocked in every process within a second', async () => {
    const { verify, elsewhere, clock, lift } = await scene();
    expect(await elsewhere.blockedUntil(HERS, paid)).toBe(null);
    await verify(20, 0);
    await clock.advance(SECOND);
    expect(await elsewhere.blockedUntil(HERS, paid)).not.toBe(null);
    await lift();
    await clock.advance(SECOND);
    expect(await elsewhere.blockedUntil(HERS, paid)).toBe(null);
  });

  it('whose block is lifted counts from anew; there is one alert for each block', async () => {
    const { verify, blocked, lift, alert, sent, clock } = await scene();
    await verify(25, 1);
    for (let minute = 0; minute < 3; minute++) {
      await alert();
      await clock.advance(60 * SECOND);
    }
    expect(sent).toHaveLength(1);
    expect(sent[0]).toContain('1 of 20 verifications of numbers that begin with +20 100 123 … (EG)');

    expect(await lift()).toMatchObject({ prefix: PREFIX, country: 'EG' });
    expect(await lift()).toBe(null);
    await verify(19, 0);
    expect(await blocked.blockedUntil(HERS, paid)).toBe(null);
    await verify(1, 0);
    expect(await blocked.blockedUntil(HERS, paid)).not.toBe(null);
    await alert();
    await alert();
    expect(sent).toHaveLength(2);
  });

  it('may be blocked and lifted while many begin: nothing fails, and nothing is counted twice', async () => {
    const { start, lift, store } = await scene();
    const starts = Array.from({ length: 60 }, (_, at) => start(`${PREFIX}${1_000 + at}`));
    await Promise.all([...starts, ...Array.from({ length: 10 }, lift)]);
    const row = await store
      .selectFrom('conversions')
      .select(['started', 'forgiven_started'])
      .where('channel', '=', '')
      .executeTakeFirstOrThrow();
    expect(row.started).toBe(60);
    expect(row.forgiven_started).toBeLessThanOrEqual(60);
  });

  it('gets no cold message at any door; whoever is within reach gets a code', async () => {
    const { verify, issue, clock, store } = await scene();
    await reach(store, clock.now(), HERS);
    await verify(20, 1);
    const refused = { code: 'blocked_prefix', options: { retryAfterSeconds: 12 * 3_600 } };
    await expect(issue(NEIGHBOUR)).rejects.toMatchObject(refused);
    await expect(issue(NEIGHBOUR, { door: 'sign-up' })).rejects.toMatchObject(refused);
    await expect(issue(HERS, { door: 'sign-up', asCold: true })).rejects.toMatchObject(refused);
    await expect(issue(NEIGHBOUR, { silent: true })).resolves.toBeDefined();
    await expect(issue(HERS)).resolves.toBeDefined();
    await expect(issue(ELSEWHERE)).resolves.toBeDefined();
  });
});
