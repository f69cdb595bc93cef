import { sql } from 'kysely';
import type { Database } from '../../database/connect.js';
import { textSearchOf } from '../../database/text-search.js';
import type { Clock } from '../clock.js';
import { documentOfJob } from './search-document.js';

/** Keeps the search index behind the queue, off its path: what is not in it yet is read directly. */
export interface SearchIndex {
  /** Takes in a bounded number of jobs; true = there is more. */
  step(): Promise<boolean>;
}

/** Two or three milliseconds of work. */
const NEW_JOBS = 200;
const CHANGED_JOBS = 100;
/** PostgreSQL: transactions that run side by side may commit in another order than their jobs' ids. */
const LONGEST_COMMIT_MS = 30_000;

export function createSearchIndex(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  /** How many new jobs a step takes. */
  batch?: number;
}): SearchIndex {
  const { database, clock, batch = NEW_JOBS } = deps;
  const { store, kind } = database;
  const search = textSearchOf(kind);

  /** New jobs in the order of their ids, up to the first that may have an older one to come. */
  async function settledAfter(upTo: number): Promise<number[]> {
    const rows = await store
      .selectFrom('jobs')
      .select(['id', 'created_at'])
      .where('id', '>', upTo)
      .orderBy('id')
      .limit(batch)
      .execute();
    const age = (createdAt: number) => Math.abs(clock.now() - createdAt);
    const young = kind === 'sqlite' ? -1 : rows.findIndex((row) => age(row.created_at) < LONGEST_COMMIT_MS);
    return (young === -1 ? rows : rows.slice(0, young)).map(({ id }) => id);
  }

  async function takeNew(): Promise<boolean> {
    const { up_to: upTo } = await store
      .selectFrom('search_progress')
      .select('up_to')
      .executeTakeFirstOrThrow();
    const ids = await settledAfter(upTo);
    const last = ids.at(-1);
    if (last === undefined) return false;
    await store.transaction().execute(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('search_progress')
        .set({ up_to: last })
        .where('up_to', '=', upTo)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) return;
      await search.put(
        trx,
        sql`SELECT id, ${documentOfJob} AS document FROM jobs WHERE id > ${upTo} AND id <= ${last}`,
      );
    });
    return ids.length === batch;
  }

  async function takeChanged(): Promise<boolean> {
    const waiting = await store.selectFrom('search_backlog').select('job_id').limit(1).executeTakeFirst();
    if (!waiting) return false;
    return store.transaction().execute(async (trx) => {
      const { rows } = await sql<{ id: number }>`DELETE FROM search_backlog WHERE job_id IN (${changed(kind)})
        RETURNING job_id AS id`.execute(trx);
      const ids = rows.map(({ id }) => id);
      if (ids.length === 0) return false;
      await search.put(
        trx,
        sql`SELECT id, ${documentOfJob} AS document FROM jobs WHERE id IN (${sql.join(ids)})`,
      );
      return ids.length === CHANGED_JOBS;
    });
  }

  return {
    async step() {
      const moreNew = await takeNew();
      const moreChanged = await takeChanged();
      return moreNew || moreChanged;
    },
  };
}

/** In PostgreSQL a job that is changing just now is left for the next step: what it changes to is not visible yet. */
function changed(kind: Database['kind']) {
  const first = sql`SELECT job_id FROM search_backlog ORDER BY job_id LIMIT ${CHANGED_JOBS}`;
  return kind === 'sqlite'
    ? first
    : sql`SELECT id FROM jobs WHERE id IN (${first}) FOR NO KEY UPDATE SKIP LOCKED`;
}
