import { type ExpressionBuilder, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { JobEventKind, Store, Tables } from '../../database/schema.js';

type StoredEvent = Pick<Selectable<Tables['job_events']>, 'at' | 'kind' | 'detail'>;

/** `detail` is read by operators: no code, no text, no key. `at` and `detail` may be columns of the job: `sql.ref('finished_at')`. */
export interface NewEvent {
  at: number | RawBuilder<number>;
  kind: JobEventKind;
  detail: string | null | RawBuilder<string | null>;
}

/** Sentences are short; what comes from outside might not be. */
const MAX_DETAIL = 400;

/**
 * Adds to the stories of jobs, in one statement: first the claim in their rows, unless it was added before (the next claim
 * overwrites it there), then these events. A waiting job is tried repeatedly: only the first time in a row is recorded.
 */
export async function writeEvents(trx: Store, jobIds: number[], events: NewEvent[]): Promise<void> {
  if (jobIds.length === 0) return;
  const isNews = events.some(({ kind }) => kind === 'waiting') ? isNotWaiting : sql.lit(true);
  const told = ({ at, kind, detail }: NewEvent) =>
    trx
      .selectFrom('jobs')
      .select([
        'id as job_id',
        sql<number>`CAST(${at} AS BIGINT)`.as('at'),
        sql.lit(kind).as('kind'),
        sql<string | null>`CAST(${typeof detail === 'string' ? cut(detail) : detail} AS TEXT)`.as('detail'),
      ])
      .where('id', 'in', jobIds)
      .where(isNews);
  const claim = told({ at: sql.ref<number>('claimed_at'), kind: 'claimed', detail: null }).where(isUntold);
  const story = events.reduce((before, event) => before.unionAll(told(event)), claim);
  await trx.insertInto('job_events').columns(['job_id', 'at', 'kind', 'detail']).expression(story).execute();
}

/** The last event of the job's story is not that it waits. */
const isNotWaiting = sql<SqlBool>`COALESCE(
  (SELECT kind FROM job_events WHERE job_id = jobs.id ORDER BY job_events.id DESC LIMIT 1), '') <> 'waiting'`;

function isUntold({ and, eb, exists, not, selectFrom }: ExpressionBuilder<Tables, 'jobs'>) {
  const same = selectFrom('job_events')
    .select(sql.lit(1).as('one'))
    .whereRef('job_events.job_id', '=', 'jobs.id')
    .whereRef('job_events.at', '=', 'jobs.claimed_at')
    .where('job_events.kind', '=', 'claimed');
  return and([eb('jobs.claimed_at', 'is not', null), not(exists(same))]);
}

/** What happened to the job, apart from the times in its row, oldest first. */
export async function eventsOf(store: Store, jobId: number): Promise<StoredEvent[]> {
  return await store
    .selectFrom('job_events')
    .select(['at', 'kind', 'detail'])
    .where('job_id', '=', jobId)
    .orderBy('id')
    .execute();
}

function cut(detail: string): string {
  return detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL - 1)}…` : detail;
}
