import { PostgresAdapter, sql } from 'kysely';
import type { Store } from '../schema.js';

/**
 * Makes transactions that hold the same text wait for each other until they end, where no row is there yet that could be
 * locked. SQLite has one writer at a time anyway.
 */
export async function hold(trx: Store, text: string): Promise<void> {
  if (!(trx.getExecutor().adapter instanceof PostgresAdapter)) return;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${text}, 0))`.execute(trx);
}
