import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { createdWithin, hasStatus, type JobFilter } from './job-filter.js';

/** Which jobs a search looks at. */
export interface SearchRange extends Omit<JobFilter, 'q' | 'before'> {
  /** No job newer than this one. */
  upTo?: number;
}

export interface IdRange extends SearchRange {
  firstId: number;
  lastId: number;
}

/** How far out of order a clock that was set back may have put jobs. */
const CLOCK_TOLERANCE_MS = 3_600_000;

/** Converts times to ids, so that a search of one old day need not go through all newer jobs. Null: there are none. */
export async function rangeOf(store: Store, within: SearchRange): Promise<IdRange | null> {
  const { from, to, upTo = Number.MAX_SAFE_INTEGER } = within;
  const first = from === null ? await oldest(store) : await firstSince(store, from - CLOCK_TOLERANCE_MS);
  if (first === null) return null;
  const beyond = to === null ? null : await firstSince(store, to + CLOCK_TOLERANCE_MS);
  return { ...within, firstId: first, lastId: Math.min(upTo, beyond ?? Number.MAX_SAFE_INTEGER) };
}

async function oldest(store: Store): Promise<number | null> {
  const row = await store.selectFrom('jobs').select('id').orderBy('id').limit(1).executeTakeFirst();
  return row?.id ?? null;
}

async function firstSince(store: Store, time: number): Promise<number | null> {
  const row = await store
    .selectFrom('jobs')
    .select('id')
    .where('created_at', '>=', time)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The rest of the range as a condition on a job's row. */
export function inTimeAndStatus(range: IdRange): RawBuilder<SqlBool> {
  return sql`(${hasStatus(range.status)} AND ${createdWithin(range, '+created_at')})`;
}
