import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { FailureReason, Retry } from '../job.js';
import { writeEvents } from '../job-events.js';
import { sendMarginMs } from '../margins.js';
import { isOtherCode } from '../queue/supersede.js';
import { transition, waiting } from '../queue/transition.js';
import { createdWithin, type JobFilter } from '../search/job-filter.js';

/**
 * A failed job may be sent again, as the same message, while its code is valid, still wanted, and the newest for its person.
 * The number is looked up again.
 */
export interface Retries {
  /** Rejects with job_not_found or job_not_retryable. */
  one(jobId: number, by?: string): Promise<void>;
  /** Those of these jobs that can be retried go back to the queue; returns how many did. */
  many(jobIds: number[], by?: string): Promise<number>;
  /** Whether, and why not, those of these jobs that have failed can be retried. */
  among(jobIds: number[]): Promise<Map<number, Retry>>;
  /** The retryable jobs up to an id: few, because few codes are valid. Applies all of the filter except `q`. */
  matching(filter: JobFilter, upTo: number): Promise<number[]>;
}

/** @param onRetried called when jobs are back in the queue. */
export function createRetries(deps: {
  store: Store;
  clock: Clock;
  ttlMs: number;
  onRetried(): void;
}): Retries {
  const { store, clock } = deps;

  function lives(): RawBuilder<SqlBool> {
    return sql<SqlBool>`(body IS NOT NULL AND recipient <> '' AND expires_at > ${clock.now() + sendMarginMs(deps.ttlMs)}
      AND (code_id IS NULL OR EXISTS (SELECT 1 FROM codes WHERE codes.id = jobs.code_id AND codes.status = 'pending')))`;
  }

  async function many(jobIds: number[], by?: string): Promise<number> {
    if (jobIds.length === 0) return 0;
    const at = clock.now();
    const retried = await store.transaction().execute(async (trx) => {
      // The first update claims the jobs for this retry: how they ended can be recorded before it is overwritten. What was
      // written is forgotten, and with it the sender: an operator who retries wants the message out, whoever sends it.
      const rows = await trx
        .updateTable('jobs')
        .set({ attempts: 0, writes: 0 })
        .where('id', 'in', jobIds)
        .where('status', '=', 'failed')
        .where(lives())
        .where(isNewest(sql`${Math.min(...jobIds)}`))
        .returning(['id', 'account', 'recipient', 'error_code'])
        .execute();
      if (rows.length === 0) return 0;
      const ids = rows.map(({ id }) => id);
      await writeEvents(trx, ids, [
        { at: sql.ref('finished_at'), kind: 'failed', detail: sql.ref('error_message') },
      ]);
      await transition(trx, (jobs) => jobs.where('id', 'in', ids), waiting(at), {
        at,
        kind: 'retried',
        detail: by ?? null,
      });
      await doubtAddresses(trx, rows);
      return ids.length;
    });
    if (retried > 0) deps.onRetried();
    return retried;
  }

  async function among(jobIds: number[]): Promise<Map<number, Retry>> {
    if (jobIds.length === 0) return new Map();
    const oldestLiving = sql`(SELECT MIN(id) FROM jobs WHERE id IN (${sql.join(jobIds)}) AND ${lives()})`;
    const rows = await store
      .selectFrom('jobs')
      .select([
        'id',
        sql<Retry>`CASE WHEN error_code = 'superseded' THEN 'superseded'
          WHEN error_code = 'canceled' OR ${HAS_ENDED} THEN 'ended'
          WHEN NOT ${lives()} THEN 'expired'
          WHEN ${isNewest(oldestLiving)} THEN 'possible' ELSE 'superseded' END`.as('retry'),
      ])
      .where('id', 'in', jobIds)
      .where('status', '=', 'failed')
      .execute();
    return new Map(rows.map(({ id, retry }) => [id, retry]));
  }

  return {
    many,
    among,

    async one(jobId, by) {
      if ((await many([jobId], by)) === 1) return;
      const row = await store.selectFrom('jobs').select('status').where('id', '=', jobId).executeTakeFirst();
      if (!row) throw new AppError('job_not_found', 'There is no job with this number.');
      const retry =
        row.status === 'expired' ? 'expired' : ((await among([jobId])).get(jobId) ?? 'not_failed');
      throw new AppError('job_not_retryable', WHY_NOT[retry](row.status));
    },

    async matching(filter, upTo) {
      if (filter.status !== null && filter.status !== 'failed') return [];
      const failed = sql<SqlBool>`status = 'failed' AND ${lives()}`;
      const rows = await store
        .selectFrom('jobs')
        .select('id')
        .where(failed)
        .where(createdWithin(filter, '+created_at'))
        .where('id', '<=', upTo)
        // `+id` keeps the database from walking through all jobs in the order of their ids.
        .where(isNewest(sql`(SELECT MIN(+id) FROM jobs WHERE ${failed})`))
        .orderBy(sql`+id`, 'desc')
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

/** Before its time: nobody has any use for the code. */
const HAS_ENDED = sql<SqlBool>`EXISTS (SELECT 1 FROM codes WHERE codes.id = jobs.code_id
  AND codes.status IN ('approved', 'canceled', 'max_checks'))`;

/** WhatsApp's verdicts on the number or its address: an operator who retries has reason to think otherwise. */
const SAID_BY_WHATSAPP: ReadonlySet<string> = new Set<FailureReason>([
  'not_on_whatsapp',
  'rejected_by_whatsapp',
]);

/** The recipients of these failed jobs are looked up again. */
async function doubtAddresses(
  trx: Store,
  jobs: { account: string; recipient: string; error_code: string | null }[],
): Promise<void> {
  const concerned = jobs.filter((job) => SAID_BY_WHATSAPP.has(job.error_code ?? ''));
  for (const account of new Set(concerned.map((job) => job.account))) {
    const recipients = concerned.filter((job) => job.account === account).map((job) => job.recipient);
    await trx
      .updateTable('recipients')
      .set({ checked_at: null })
      .where('account', '=', account)
      .where('recipient', 'in', recipients)
      .execute();
  }
}

const WHY_NOT: Record<Retry, (status: string) => string> = {
  not_failed: (status) => `Only a failed job can be retried; this one is ${status}.`,
  ended: () => 'The code of this job was used, cancelled or replaced.',
  superseded: () => 'A newer code has taken the place of this one.',
  expired: () => 'The code of this job has expired; request a new one.',
  possible: () => 'The job has just changed; look at it again.',
};

/**
 * No later job has the same purpose, person and challenge, except messages of the same code.
 * @param since no job below this id is checked: the fewer, the faster.
 */
function isNewest(since: RawBuilder<unknown>): RawBuilder<SqlBool> {
  const person = (recipient: string) => {
    const number = sql.ref(recipient);
    return sql`COALESCE((SELECT person FROM numbers WHERE phone = ${number}), ${number})`;
  };
  return sql<SqlBool>`(id IN (SELECT MAX(id) FROM jobs WHERE id >= ${since} GROUP BY ${person('recipient')}, purpose, asked_by)
    OR code_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jobs AS newer WHERE newer.id > jobs.id
      AND newer.purpose = jobs.purpose AND ${person('newer.recipient')} = ${person('jobs.recipient')}
      AND ${isOtherCode}))`;
}
