import { type Selectable, sql } from 'kysely';
import type { JobEventKind, Store, Tables } from '../../database/schema.js';

type StoredEvent = Pick<Selectable<Tables['job_events']>, 'at' | 'kind' | 'detail'>;
type NewEvent = StoredEvent & { jobId: number };

/** Sentences are short; what comes from outside might not be. */
const LONGEST_DETAIL = 400;

/** Adds to the stories of jobs. `detail` is read by operators: no code, no text, no key. */
export async function writeEvents(trx: Store, events: NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  await trx
    .insertInto('job_events')
    .values(events.map(({ jobId, at, kind, detail }) => ({ job_id: jobId, at, kind, detail: cut(detail) })))
    .execute();
}

/** A job that waits is looked at again and again: only the first time in a row is written down. */
export async function writeWaiting(trx: Store, jobId: number, at: number, detail: string): Promise<void> {
  const latest = trx
    .selectFrom('job_events')
    .select('kind')
    .where('job_id', '=', jobId)
    .orderBy('id', 'desc')
    .limit(1);
  const event = trx
    .selectNoFrom([
      sql<number>`CAST(${jobId} AS BIGINT)`.as('job_id'),
      sql<number>`CAST(${at} AS BIGINT)`.as('at'),
      sql.lit<JobEventKind>('waiting').as('kind'),
      sql<string | null>`CAST(${cut(detail)} AS TEXT)`.as('detail'),
    ])
    .where(sql<string>`COALESCE(${latest}, '')`, '<>', 'waiting');
  await trx.insertInto('job_events').columns(['job_id', 'at', 'kind', 'detail']).expression(event).execute();
}

/** What happened to the job beside the times in its row, oldest first. */
export async function eventsOf(store: Store, jobId: number): Promise<StoredEvent[]> {
  return await store
    .selectFrom('job_events')
    .select(['at', 'kind', 'detail'])
    .where('job_id', '=', jobId)
    .orderBy('id')
    .execute();
}

function cut(detail: string | null): string | null {
  return detail && detail.length > LONGEST_DETAIL ? `${detail.slice(0, LONGEST_DETAIL - 1)}…` : detail;
}
