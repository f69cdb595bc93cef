import { sql } from 'kysely';
import type { Database } from '../../../database/connect.js';
import type { Clock } from '../../clock.js';
import { SHOWN_STATUSES, type ShownStatus } from '../job.js';
import { FINISHED } from '../search/job-filter.js';

/** How many jobs there are, without counting them: triggers keep the figures (database/migrations/0003_dashboard.*). */
export interface Counters {
  /** All jobs by status. */
  byStatus(): Promise<Record<ShownStatus, number>>;
  /** How many jobs (of this status) each block of ids holds: newest block first, empty ones left out. */
  blocks(status: ShownStatus | null): Promise<{ block: number; jobs: number }[]>;
  /** Sums up the changes that PostgreSQL's triggers insert one by one. */
  fold(): Promise<void>;
  /** Deletes figures that are no longer needed. */
  prune(): Promise<void>;
}

/** A block is this many ids: `id / 1024`, as in the triggers. */
export const BLOCK_SIZE = 1024;
/** Figures over time are kept for slots of five minutes. */
export const SLOT_MS = 300_000;
/** A time to the handset is kept as `slot * TOOK_RANGE + ms`. */
export const TOOK_RANGE = 10_000_000;
const DAY_MS = 86_400_000;
const TOOK_KEPT_MS = 8 * DAY_MS;
const OVER_TIME_KEPT_MS = 90 * DAY_MS;

const finished = sql.join(FINISHED.map((status) => sql.lit(status)));
/** Finished jobs are in the counters; open ones are few and are counted. One statement, so that nothing counts twice. */
const figures = sql`(
  SELECT name AS status, slot AS block, value AS jobs FROM counter_values WHERE name IN (${finished})
  UNION ALL SELECT status, id / ${sql.lit(BLOCK_SIZE)}, 1 FROM jobs WHERE finished_at IS NULL
) AS figures`;

export function createCounters(deps: { database: Pick<Database, 'store' | 'kind'>; clock: Clock }): Counters {
  const { kind, store } = deps.database;

  return {
    async byStatus() {
      const { rows } = await sql<{ status: ShownStatus; jobs: number }>`
        SELECT status, CAST(SUM(jobs) AS BIGINT) AS jobs FROM ${figures} GROUP BY status`.execute(store);
      const counts = Object.fromEntries(SHOWN_STATUSES.map((status) => [status, 0])) as Record<
        ShownStatus,
        number
      >;
      for (const { status, jobs } of rows) counts[status] = jobs;
      return counts;
    },

    async blocks(status) {
      const wanted = status === null ? sql`TRUE` : sql`status = ${status}`;
      const { rows } = await sql<{ block: number; jobs: number }>`
        SELECT block, CAST(SUM(jobs) AS BIGINT) AS jobs FROM ${figures} WHERE ${wanted}
        GROUP BY block HAVING SUM(jobs) > 0 ORDER BY block DESC`.execute(store);
      return rows;
    },

    async fold() {
      if (kind === 'sqlite') return;
      await sql`
        WITH changes AS (DELETE FROM counter_changes RETURNING name, slot, value)
        INSERT INTO counters
          SELECT name, slot, CAST(SUM(value) AS BIGINT) FROM changes GROUP BY name, slot ORDER BY name, slot
        ON CONFLICT (name, slot) DO UPDATE SET value = counters.value + excluded.value`.execute(store);
    },

    async prune() {
      const now = deps.clock.now();
      const old = store.deleteFrom('counters');
      await old
        .where('name', '=', 'took')
        .where('slot', '<', slotOf(now - TOOK_KEPT_MS) * TOOK_RANGE)
        .execute();
      await old
        .where('name', 'in', ['at.sent', 'at.delivered', 'at.failed', 'at.expired'])
        .where('slot', '<', slotOf(now - OVER_TIME_KEPT_MS))
        .execute();
      // Blocks whose jobs were all deleted.
      await old
        .where('name', 'in', [...FINISHED])
        .where('value', '=', 0)
        .execute();
    },
  };
}

export function slotOf(at: number): number {
  return Math.floor(at / SLOT_MS);
}
