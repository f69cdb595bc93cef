import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../database/connect.js';
import { isAhead, isOver, lasts, leftOf, type Span } from '../src/deadline.js';
import { DATABASES, openTestDatabase } from './support/databases.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A rule; how far the clock was set back right after something began that lasts so long; whether it goes on. */
const BACK: [ruleMs: number, byMs: number, goesOn: boolean][] = [
  [5_000, 5_000, true],
  [5_000, 5_001, false],
  [MINUTE, MINUTE, true],
  [MINUTE, MINUTE + 1, false],
  [HOUR, MINUTE, true],
  [HOUR, MINUTE + 1, false],
  [HOUR, DAY, false],
  [DAY, MINUTE, true],
  [DAY, DAY, false],
];
/** What lasts longer than the step does not end by it. */
const LONG: typeof BACK = [
  [7 * DAY, DAY, true],
  [7 * DAY, DAY + 1, false],
];

describe('what is left of something that ends at a stored time', () => {
  it('is the time until then, and nothing afterwards', () => {
    expect(leftOf(NOW + 40_000, MINUTE, NOW)).toBe(40_000);
    expect(leftOf(NOW, MINUTE, NOW)).toBe(0);
    expect(leftOf(NOW - DAY, MINUTE, NOW)).toBe(0);
    expect(leftOf(0, 0, NOW)).toBe(0);
  });

  it.each([...BACK, ...LONG])(
    'of %i ms, after the clock was set back by %i ms: goes on %s',
    (ruleMs, byMs, goesOn) => {
      expect(leftOf(NOW + ruleMs, ruleMs, NOW - byMs)).toBe(goesOn ? ruleMs : 0);
    },
  );
});

describe.each(DATABASES)('the same as a condition, on %s', (kind) => {
  let database: Database;
  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  async function ask(span: Span, from: number, until: number, now: number) {
    await database.store.deleteFrom('idempotency_keys').execute();
    await database.store
      .insertInto('idempotency_keys')
      .values({ id: 'a', request_hash: 'b', response: 'c', created_at: from, expires_at: until })
      .execute();
    const count = async (condition: ReturnType<typeof lasts>) =>
      (
        await database.store
          .selectFrom('idempotency_keys')
          .select(sql.lit(1).as('one'))
          .where(condition)
          .execute()
      ).length;
    return {
      lasts: await count(lasts(span, now)),
      isOver: await count(isOver(span, now)),
      isAhead: await count(isAhead(span, now)),
    };
  }
  const spans = (ruleMs: number): Span[] => [
    { until: 'expires_at', ruleMs },
    { from: 'created_at', ruleMs },
    ...(ruleMs > DAY ? [] : [{ from: 'created_at', until: 'expires_at' }]),
  ];

  it.each([...BACK, ...LONG])(
    '%i ms, the clock set back by %i ms: goes on %s',
    async (ruleMs, byMs, goesOn) => {
      for (const span of spans(ruleMs)) {
        expect(await ask(span, NOW, NOW + ruleMs, NOW - byMs)).toEqual(
          goesOn ? { lasts: 1, isOver: 0, isAhead: 0 } : { lasts: 0, isOver: 1, isAhead: 1 },
        );
      }
    },
  );

  it.each([MINUTE, DAY, 7 * DAY])('%i ms: until its end, and not a millisecond longer', async (ruleMs) => {
    for (const span of spans(ruleMs)) {
      const at = (now: number) => ask(span, NOW, NOW + ruleMs, now);
      expect(await at(NOW + ruleMs - 1)).toEqual({ lasts: 1, isOver: 0, isAhead: 0 });
      expect(await at(NOW + ruleMs)).toEqual({ lasts: 0, isOver: 1, isAhead: 0 });
    }
  });
});
