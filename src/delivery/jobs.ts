import { type ExpressionBuilder, sql } from 'kysely';
import type { JobStatus, Store, Tables } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { type JobView, viewOf } from './job.js';
import { sendMarginMs } from './margins.js';

/** What callers and operators may see of jobs, and the one thing an operator may do with a failed one. */
export interface Jobs {
  find(jobId: number): Promise<JobView | null>;
  /** Newest first. */
  recent(limit: number): Promise<JobView[]>;
  /** All jobs by status; a large table is counted anew only now and then. */
  counts(): Promise<Record<JobStatus, number>>;
  /** Sends a failed job again, as the same message. Rejects with job_not_found or job_not_retryable. */
  retry(jobId: number): Promise<void>;
}

/** Counting takes at most a twentieth of the time. */
const COUNT_REST_FACTOR = 20;

export function createJobs(deps: { store: Store; clock: Clock; ttlMs: number; onRetried(): void }): Jobs {
  const { store, clock } = deps;
  let counted: { counts: Promise<Record<JobStatus, number>>; goodUntil: number } | null = null;

  /** Reads the whole table: with a million jobs that takes so long that it may be done only now and then. */
  function count(): NonNullable<typeof counted> {
    const startedAt = performance.now();
    const entry = { counts: countByStatus(store), goodUntil: Number.POSITIVE_INFINITY };
    entry.counts
      .catch(() => {})
      .finally(() => {
        entry.goodUntil = clock.now() + COUNT_REST_FACTOR * (performance.now() - startedAt);
      });
    return entry;
  }

  return {
    async find(jobId) {
      const row = await store.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirst();
      return row ? viewOf(row) : null;
    },

    async recent(limit) {
      const rows = await store.selectFrom('jobs').selectAll().orderBy('id', 'desc').limit(limit).execute();
      return rows.map(viewOf);
    },

    counts() {
      if (!counted || clock.now() >= counted.goodUntil) counted = count();
      return counted.counts;
    },

    async retry(jobId) {
      const now = clock.now();
      const result = await store
        .updateTable('jobs')
        .set({
          status: 'pending',
          error_code: null,
          error_message: null,
          attempts: 0,
          writes: 0,
          run_at: now,
          finished_at: null,
        })
        .where('id', '=', jobId)
        .where('status', '=', 'failed')
        .where('body', 'is not', null)
        .where('expires_at', '>', now + sendMarginMs(deps.ttlMs))
        .where((eb) => eb.not(hasNewer(eb)))
        .executeTakeFirst();
      if (result.numUpdatedRows === 1n) return deps.onRetried();
      throw await whyNot(jobId);
    },
  };

  async function whyNot(jobId: number): Promise<AppError> {
    const row = await store
      .selectFrom('jobs')
      .select((eb) => ['status', 'error_code', hasNewer(eb).as('newer')])
      .where('id', '=', jobId)
      .executeTakeFirst();
    if (!row) return new AppError('job_not_found', 'There is no job with this number.');
    if (row.status !== 'failed' && row.status !== 'expired') {
      return new AppError(
        'job_not_retryable',
        `Only a failed job can be retried; this one is ${row.status}.`,
      );
    }
    if (row.error_code === 'superseded' || row.newer) {
      return new AppError('job_not_retryable', 'A newer code has taken the place of this one.');
    }
    return new AppError('job_not_retryable', 'The code of this job has expired; request a new one.');
  }
}

async function countByStatus(store: Store): Promise<Record<JobStatus, number>> {
  const rows = await store
    .selectFrom('jobs')
    .select(['status', ({ fn }) => fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  const counts: Record<JobStatus, number> = { pending: 0, processing: 0, sent: 0, failed: 0, expired: 0 };
  for (const row of rows) counts[row.status] = Number(row.count);
  return counts;
}

/** A later job for the same number and purpose. Codes live for an hour at most: few jobs are later than a live one. */
function hasNewer({ exists, selectFrom }: ExpressionBuilder<Tables, 'jobs'>) {
  return exists(
    selectFrom('jobs as newer')
      .select(sql.lit(1).as('one'))
      .whereRef('newer.id', '>', 'jobs.id')
      .whereRef('newer.recipient', '=', 'jobs.recipient')
      .whereRef('newer.purpose', '=', 'jobs.purpose'),
  );
}
