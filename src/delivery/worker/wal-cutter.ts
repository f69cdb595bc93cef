import { sql } from 'kysely';
import type { Database } from '../../../database/connect.js';
import type { Clock } from '../../clock.js';

const CUT_INTERVAL_MS = 60_000;

/**
 * SQLite's -wal file keeps what was written before it was wiped until that file begins anew: here, at most once a minute.
 * Returns a function that is told after each wipe how much was wiped.
 */
export function createWalCutter({ kind, store }: Database, clock: Clock): (wiped: number) => Promise<void> {
  let isDue = false;
  let cutAt = Number.NEGATIVE_INFINITY;
  return async (wiped) => {
    isDue ||= wiped > 0;
    if (kind !== 'sqlite' || !isDue || clock.elapsed() - cutAt < CUT_INTERVAL_MS) return;
    cutAt = clock.elapsed();
    const { rows } = await sql<{ busy: number }>`PRAGMA wal_checkpoint(TRUNCATE)`.execute(store);
    // Another program reads the file: after the next minute.
    isDue = rows[0]?.busy === 1;
  };
}
