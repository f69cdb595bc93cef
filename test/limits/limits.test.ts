import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { cleanUpCounts } from '../../src/limits/counts.js';
import { createLimits, type Limits, type Use } from '../../src/limits/index.js';
import { type Rule, type RuleName, rulesOf } from '../../src/limits/rules.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HERE = '192.0.2.7';

describe.each(DATABASES)('limits on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
  });
  afterEach(() => database.close());

  const limitsWith = (overrides: Partial<Record<RuleName, Rule>>): Limits =>
    createLimits({ ...database, clock, rules: rulesOf({ eased: false, overrides }) });
  const send: Use = { rule: 'address-sends', of: HERE };
  const sends = (count: number) => limitsWith({ 'address-sends': { count, periodMs: 10 * MINUTE_MS } });
  const outcomeOf = (counting: Promise<unknown>) =>
    counting.then(
      () => 'ok',
      (error) => `${error.code} ${error.options.retryAfterSeconds}`,
    );

  it('give out what there is, and then say when there is more', async () => {
    const limits = sends(2);
    await limits.count([send]);
    await clock.advance(MINUTE_MS);
    await limits.count([send]);
    expect(await limits.waitMs([send])).toBe(9 * MINUTE_MS);
    expect(await outcomeOf(limits.count([send]))).toBe('rate_limited 540');
    expect(await outcomeOf(limits.check([send]))).toBe('rate_limited 540');
    await clock.advance(9 * MINUTE_MS);
    expect(await outcomeOf(limits.count([send]))).toBe('ok');
    expect(await limits.waitMs([send])).toBe(0);
  });

  it('are exact however many ask at once', async () => {
    const limits = sends(7);
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => outcomeOf(limits.count([send]))));
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(7);
  });

  it('count all shares of a request or none of them', async () => {
    const limits = limitsWith({
      'address-sends': { count: 5, periodMs: MINUTE_MS },
      mails: { count: 1, periodMs: MINUTE_MS },
    });
    const both: Use[] = [send, { rule: 'mails', of: 'all' }];
    await limits.count(both);
    for (let again = 0; again < 10; again++) await expect(limits.count(both)).rejects.toThrow();
    expect(await used('address-sends')).toEqual([1]);
  });

  it('do not get in each other’s way when requests name them in different orders', async () => {
    const limits = limitsWith({});
    const both: Use[] = [send, { rule: 'mails', of: 'all' }];
    const asked = Array.from({ length: 30 }, (_, at) => limits.count(at % 2 ? both : [...both].reverse()));
    await Promise.all(asked);
    expect(await used('mails')).toEqual([30]);
  });

  it('survive a restart', async () => {
    await sends(1).count([send]);
    expect(await outcomeOf(sends(1).count([send]))).toBe('rate_limited 600');
  });

  it('take back what was not used, but only from the time it was counted in', async () => {
    const limits = sends(1);
    const counted = await limits.count([send]);
    await counted.giveBack();
    const again = await limits.count([send]);
    await clock.advance(10 * MINUTE_MS);
    await limits.count([send]);
    await again.giveBack();
    expect(await outcomeOf(limits.count([send]))).toBe('rate_limited 600');
  });

  it('count each different one once, and block for longer than they count', async () => {
    const rule = { count: 3, periodMs: 10 * MINUTE_MS, blockMs: 60 * MINUTE_MS };
    const limits = limitsWith({ 'address-accounts': rule });
    const failed = (account: string) =>
      outcomeOf(limits.count([{ rule: 'address-accounts', of: HERE, each: account }]));
    expect(await failed('a')).toBe('ok');
    expect(await failed('a')).toBe('ok');
    expect(await failed('b')).toBe('ok');
    expect(await failed('c')).toBe('ok');
    expect(await failed('d')).toBe('rate_limited 3600');
    expect(await failed('a')).toBe('rate_limited 3600');
    await clock.advance(60 * MINUTE_MS);
    expect(await failed('d')).toBe('ok');
  });

  it('block from the first on when there is only one', async () => {
    const rule = { count: 1, periodMs: MINUTE_MS, blockMs: 60 * MINUTE_MS };
    const limits = limitsWith({ 'address-sends': rule });
    await limits.count([send]);
    expect(await outcomeOf(limits.count([send]))).toBe('rate_limited 3600');
  });

  it('count a home line of IPv6 as little more than one address', async () => {
    const limits = sends(2);
    const from = (network: string) => outcomeOf(limits.count([{ rule: 'address-sends', of: network }]));
    const home = Array.from({ length: 256 }, (_, at) => `2001:db8:0:1${at.toString(16).padStart(2, '0')}::1`);
    const outcomes: string[] = [];
    for (const network of home) outcomes.push(await from(network), await from(network));
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(8);
    expect(await from('2001:db8:0:200::1')).toBe('ok');
    expect(await from('2001:db8:1::1')).toBe('ok');
  });

  it('that are set to nothing do not hold anybody up', async () => {
    const limits = sends(0);
    for (let at = 0; at < 50; at++) await limits.count([send]);
    expect(await used('address-sends')).toEqual([]);
  });

  it.each([-DAY_MS, DAY_MS])(
    'last no longer than their time when the clock is set by %i ms',
    async (step) => {
      const limits = sends(1);
      await limits.count([send]);
      clock.step(step);
      await clock.advance(10 * MINUTE_MS);
      expect(await outcomeOf(limits.count([send]))).toBe('ok');
    },
  );

  it('are cleaned up when their time is over', async () => {
    await sends(1).count([send]);
    await cleanUpCounts(database.store, clock.now());
    expect(await used('address-sends')).toEqual([1]);
    await clock.advance(10 * MINUTE_MS);
    await cleanUpCounts(database.store, clock.now());
    expect(await used('address-sends')).toEqual([]);
  });

  async function used(name: RuleName): Promise<number[]> {
    const rows = await database.store
      .selectFrom('limit_counts')
      .select('used')
      .where('name', '=', name)
      .execute();
    return rows.map((row) => row.used);
  }
});
