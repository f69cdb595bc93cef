import type { Store } from '../../../database/schema.js';
import type { NewJob } from './new-job.js';

/** Stores the keys of the batch and returns the jobs to create: those without a key, or the first with theirs. */
export async function reserveIdempotencyKeys<Prepared extends { job: NewJob }>(
  trx: Store,
  prepared: Prepared[],
  now: number,
): Promise<Prepared[]> {
  const keys = prepared.flatMap(({ job }) =>
    job.idempotency
      ? [
          {
            id: job.idempotency.id,
            request_hash: job.idempotency.requestHash,
            response: job.idempotency.response,
            created_at: now,
            expires_at: job.idempotency.expiresAt ?? job.expiresAt,
          },
        ]
      : [],
  );
  if (keys.length === 0) return prepared;
  const ids = keys.map((key) => key.id);
  await trx.deleteFrom('idempotency_keys').where('id', 'in', ids).where('expires_at', '<=', now).execute();
  const stored = await trx
    .insertInto('idempotency_keys')
    .values(keys)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .execute();
  const won = new Set(stored.map((row) => row.id));
  // The first of the batch with its key wins.
  return prepared.filter(({ job }) => job.idempotency === null || won.delete(job.idempotency.id));
}

/** Records in the keys which jobs were created for them. */
export async function nameJobs(
  trx: Store,
  fresh: { job: NewJob; messageId: string }[],
  ids: Map<string, number>,
): Promise<void> {
  for (const { job, messageId } of fresh) {
    if (!job.idempotency) continue;
    await trx
      .updateTable('idempotency_keys')
      .set({ job_id: ids.get(messageId) ?? null })
      .where('id', '=', job.idempotency.id)
      .execute();
  }
}
