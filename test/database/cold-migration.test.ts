import { type RawBuilder, sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { createKeyLimits } from '../../src/callers/key-limits.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, newDatabase } from '../support/databases.js';

const OURS = '0016_cold.sql';
const CAIRO = '+201001234567';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe.each(DATABASES)('a database from before first messages were counted, on %s', (kind) => {
  it('is taken over with its jobs, and with what API keys have used up', async () => {
    const settings = await newDatabase(kind);
    const clock = createTestClock();
    const now = clock.now();
    const before = await openDatabase(settings);
    await undo(before.store);
    await sql`INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, run_at, created_at,
        expires_at)
      VALUES ('default', 'whatsapp', 'gateway', ${CAIRO}, 'M1', 'hash', 'pending', ${now}, ${now}, ${now + 1})`.execute(
      before.store,
    );
    const counted = [
      ['key:a', 'requests', Math.floor(now / MINUTE_MS), 2],
      ['key:a', 'codes', Math.floor(now / DAY_MS), 3],
      ['key:a', 'codes EG', Math.floor(now / DAY_MS), 1],
      ['key:b', 'codes', Math.floor(now / DAY_MS) - 1, 5],
    ] as const;
    for (const [caller, what, period, used] of counted) {
      await sql`INSERT INTO caller_counts (caller, what, period, used)
        VALUES (${caller}, ${what}, ${period}, ${used})`.execute(before.store);
    }
    await before.close();

    const { store, close } = await openDatabase(settings);
    onTestFinished(() => close());
    const limits = createKeyLimits({ store, clock });
    const caller = (id: string, perDay: number, egypt: number) => ({
      id,
      scopes: new Set<never>(),
      limits: {
        perMinute: 3,
        codesPerMinute: null,
        codesPerHour: null,
        perDay,
        perCountry: new Map([['EG', egypt]]),
      },
    });
    await limits.countRequest(caller('key:a', 9, 9));
    await expect(limits.countRequest(caller('key:a', 9, 9))).rejects.toMatchObject({ code: 'rate_limited' });
    await expect(limits.countCode(caller('key:a', 3, 9), CAIRO)).rejects.toThrow('of the day.');
    await expect(limits.countCode(caller('key:a', 9, 1), CAIRO)).rejects.toThrow('to this country.');
    await limits.countCode(caller('key:b', 1, 9), CAIRO);
    const jobs = await store.selectFrom('jobs').select(['recipient', 'cold_at']).execute();
    expect(jobs).toEqual([{ recipient: CAIRO, cold_at: null }]);
  });
});

/** As the version before left it. */
async function undo(store: Store): Promise<void> {
  const statements: RawBuilder<unknown>[] = [
    sql`DROP INDEX jobs_cold`,
    sql`ALTER TABLE jobs DROP COLUMN cold_at`,
    sql`DELETE FROM schema_migrations WHERE name = ${OURS}`,
  ];
  for (const statement of statements) await statement.execute(store);
}
