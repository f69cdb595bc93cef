import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../../../database/connect.js';
import { textSearchOf } from '../../../database/queries/text-search.js';
import { storedAs } from './job-filter.js';
import { matches, type SearchQuery } from './query.js';
import { type IdRange, inTimeAndStatus } from './range.js';

/** The result of one step, newest first: every match down to `downTo` is in `ids`. */
export interface Slice {
  ids: number[];
  downTo: number;
  /** How many rows were read. */
  looked: number;
}

/** The rows of jobs, which decide what matches; each statement is short and reads a bounded number of them. */
export interface SearchRows {
  /** The newest jobs of the range, at most `SLICE`. */
  newest(range: IdRange): Promise<Slice>;
  /** Which of these jobs match. */
  among(ids: number[], range: IdRange): Promise<number[]>;
  /** The newest open ones, whether they match or not. */
  open(range: IdRange, limit: number): Promise<number[]>;
}

/** One or two milliseconds, during which a SQLite file serves nothing else. */
export const SLICE = 512;

export function createSearchRows(
  { store, kind }: Pick<Database, 'store' | 'kind'>,
  query: SearchQuery,
): SearchRows {
  const dialect = textSearchOf(kind);
  const match = matches(query, dialect);

  async function idsOf(select: RawBuilder<{ id: number }>): Promise<number[]> {
    return (await select.execute(store)).rows.map(({ id }) => id);
  }

  return {
    async newest(range) {
      const { rows } = await sql<{ lowest: number | null; looked: number; ids: string | null }>`
        SELECT MIN(id) AS lowest, COUNT(*) AS looked,
          string_agg(CASE WHEN ${inTimeAndStatus(range)} AND ${match} THEN CAST(id AS TEXT) END, ',') AS ids
        FROM (${newestOf(range, kind)} LIMIT ${sql.lit(SLICE)}) AS jobs`.execute(store);
      const { lowest = null, looked = 0, ids = null } = rows[0] ?? {};
      const found = (ids?.split(',') ?? []).map(Number).sort((a, b) => b - a);
      return { ids: found, looked, downTo: looked < SLICE ? range.firstId : (lowest ?? range.firstId) };
    },

    among: (ids, range) =>
      idsOf(sql`SELECT id FROM jobs WHERE ${dialect.isOneOf(sql`id`, ids)} AND ${inTimeAndStatus(range)}
        AND ${match} ORDER BY id DESC`),

    open: (range, limit) =>
      idsOf(sql`SELECT id FROM jobs WHERE finished_at IS NULL AND status = ${range.status}
        AND id BETWEEN ${range.firstId} AND ${range.lastId} ORDER BY +id DESC LIMIT ${limit}`),
  };
}

/**
 * With jobs_finished, no row of another status is read. PostgreSQL prefers to walk through all jobs unless the bounds are
 * written as pairs, an order that only this index has. SQLite would ignore the second of a pair.
 */
function newestOf({ status, firstId, lastId }: IdRange, kind: Database['kind']): RawBuilder<unknown> {
  const jobs = sql`SELECT id, caller, recipient, code_hash, message_shape, status, error_code, error_message, created_at
    FROM jobs`;
  if (status === null) return sql`${jobs} WHERE id BETWEEN ${firstId} AND ${lastId} ORDER BY id DESC`;
  if (kind === 'sqlite') {
    return sql`${jobs} WHERE finished_at IS NOT NULL AND status = ${storedAs(status)} AND id BETWEEN ${firstId} AND ${lastId}
      ORDER BY id DESC`;
  }
  return sql`${jobs} WHERE finished_at IS NOT NULL AND (status, id) >= (${storedAs(status)}, ${firstId}::bigint)
    AND (status, id) <= (${storedAs(status)}, ${lastId}::bigint) ORDER BY status DESC, id DESC`;
}
