import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { CodeOrder } from '../../src/otp/issue.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { type Codes, createCodes } from './codes.js';

const DAY_MS = 24 * 60 * 60_000;
const number = (at: number) => `+2010012${String(at).padStart(5, '0')}`;

describe.each(DATABASES)('first messages to new people on %s', (kind) => {
  let database: Database;
  let codes: Codes;
  const start = (coldPerDay: number | null) => {
    codes = createCodes(database, { coldPerDay, delivery: { minSendDelayMs: 0, maxSendDelayMs: 0 } });
  };
  beforeEach(async () => {
    database = await openTestDatabase(kind);
  });
  afterEach(async () => {
    await codes.stop();
    await database.close();
  });

  const call = (at: number) => codes.request(null, { recipient: number(at) });
  const reserve = (at: number, change: Partial<CodeOrder> = {}) =>
    codes.issuer.reserve({
      caller: 'contract:phone',
      contact: { kind: 'phone', value: number(at) },
      purpose: 'phone-register',
      length: 5,
      ttlMs: 300_000,
      silent: false,
      door: 'sign-up',
      ...change,
    });
  async function signUp(at: number, change: Partial<CodeOrder> = {}): Promise<void> {
    const code = await reserve(at, change);
    const joined = await database.store.transaction().execute((trx) => code.enqueueIn(trx));
    joined.committed();
    code.release();
  }
  /** How many of these are taken; all others are told that the budget is used up. */
  async function taken(asked: Promise<unknown>[]): Promise<number> {
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'cold_budget_used' });
    return outcomes.length - refused.length;
  }
  const many = (count: number, ask: (at: number) => Promise<unknown>, from = 0) =>
    taken(Array.from({ length: count }, (_, at) => ask(from + at)));
  /** They have written. */
  const warm = (at: number) =>
    database.store
      .insertInto('recipients')
      .values({ account: 'default', recipient: number(at), reachable_until: Number.MAX_SAFE_INTEGER })
      .execute();
  const used = async (name = 'cold-messages') => {
    const row = await database.store
      .selectFrom('limit_counts')
      .select('used')
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.used ?? 0;
  };
  const end = (at: number, writes: number) =>
    database.store
      .updateTable('jobs')
      .set({ finished_at: codes.clock.now(), writes })
      .where('recipient', '=', number(at))
      .execute();

  it('are counted for the dashboard when there is no limit, those to known people are not', async () => {
    start(null);
    await warm(0);
    await warm(1);
    expect(await many(14, call)).toBe(14);
    expect(await codes.delivery.stats.coldOfDay()).toBe(12);
    expect(await used()).toBe(0);
    await end(5, 0);
    await end(6, 1);
    expect(await codes.delivery.stats.coldOfDay()).toBe(11);
    await codes.clock.advance(DAY_MS);
    expect(await codes.delivery.stats.coldOfDay()).toBe(0);
  });

  it('are half for the doors and all for callers with a key, however many ask at once', async () => {
    start(10);
    expect(await many(12, signUp)).toBe(5);
    expect(await many(12, call, 100)).toBe(5);
    await warm(200);
    expect(await many(1, signUp, 200)).toBe(1);
    const refused = call(300);
    await expect(refused).rejects.toMatchObject({ options: { retryAfterSeconds: DAY_MS / 1_000 } });
    await codes.clock.advance(DAY_MS);
    expect(await many(12, call, 400)).toBe(10);
  });

  it('do not count when none was written', async () => {
    start(4);
    expect(await many(4, call)).toBe(4);
    await end(0, 0);
    await end(1, 1);
    await end(2, 0);
    expect(await many(3, call, 10)).toBe(2);
    // What was given back once is not given back again.
    expect(await many(1, call, 20)).toBe(0);
  });

  it('do not count when no job came of them', async () => {
    start(2);
    (await reserve(0)).release();
    await until(
      'both are given back',
      async () => (await used()) + (await used('cold-messages-doors')) === 0,
    );
    await signUp(1);
    await expect(signUp(2)).rejects.toMatchObject({ code: 'cold_budget_used' });
    expect(await used()).toBe(1);
  });

  it('are refused alike to everybody where nothing about the contact must show, and count for strangers alone', async () => {
    start(4);
    await warm(50);
    const alike = { asCold: true };
    await signUp(50, alike);
    await signUp(51, { ...alike, silent: true });
    await until('they are given back', async () => (await used()) === 0);
    expect(await many(3, (at) => signUp(at, alike))).toBe(2);
    for (const [at, silent] of [
      [50, false],
      [51, true],
      [52, false],
    ] as const) {
      await expect(signUp(at, { ...alike, silent })).rejects.toMatchObject({ code: 'cold_budget_used' });
    }
  });

  describe('without a word of the operator', () => {
    const place = () => ({
      waitMs: 0,
      enqueue: async () => ({ kind: 'silent' as const }),
      enqueueIn: async () => ({ jobId: null, committed() {} }),
      release() {},
    });
    const countFor = (at: number, hasOtherChannel: boolean, atDoor = false) =>
      codes.coldBudget.countFor(place(), number(at), {
        lane: codes.lane,
        atDoor,
        silent: false,
        asCold: false,
        hasOtherChannel,
      });

    it('go another way once the advice is used up, and out all the same where there is none', async () => {
      start(null);
      expect(codes.coldBudget.allowed(codes.lane)).toEqual({ perDay: 5, isAdvice: true });
      expect(await many(3, call)).toBe(3);
      const places = await Promise.allSettled(Array.from({ length: 6 }, (_, at) => countFor(50 + at, true)));
      const taken = places.filter(({ status }) => status === 'fulfilled');
      expect(taken).toHaveLength(2);
      for (const { value } of taken as PromiseFulfilledResult<ReturnType<typeof place>>[]) value.release();
      await countFor(60, true);
      await warm(61);
      await countFor(61, true);
      expect(await many(5, call, 70)).toBe(5);
      await expect(countFor(80, true)).rejects.toMatchObject({
        code: 'cold_budget_used',
        options: { retryAfterSeconds: DAY_MS / 1_000 },
      });
      await countFor(81, false);
      await codes.clock.advance(DAY_MS);
      await countFor(82, true);
    });

    it('are half for the doors, where there is another way', async () => {
      start(null);
      await signUp(1);
      const places = await Promise.allSettled(
        Array.from({ length: 4 }, (_, at) => countFor(50 + at, true, true)),
      );
      const taken = places.filter(({ status }) => status === 'fulfilled');
      expect(taken).toHaveLength(1);
      for (const { value } of taken as PromiseFulfilledResult<ReturnType<typeof place>>[]) value.release();
      await signUp(2);
      await expect(countFor(60, true, true)).rejects.toMatchObject({ code: 'cold_budget_used' });
      await countFor(61, false, true);
      expect(await many(5, (at) => countFor(at, true), 70)).toBe(3);
    });

    it('are none when WhatsApp warns, however many an operator allows, and people within reach get theirs', async () => {
      start(10);
      const cycleEnd = codes.clock.now() + 3_600_000;
      codes.sender.set({ quota: { used: 50, total: 100, cycleEnd, status: 'FIRST_WARNING' } });
      expect(codes.coldBudget.allowed(codes.lane)).toEqual({ perDay: 0, isAdvice: false });
      await warm(1);
      expect(await many(1, call, 1)).toBe(1);
      await expect(call(2)).rejects.toMatchObject({
        code: 'cold_budget_used',
        options: { retryAfterSeconds: 3_600 },
      });
      await codes.clock.advance(3_600_000);
      expect(await many(1, call, 3)).toBe(1);
    });
  });
});
