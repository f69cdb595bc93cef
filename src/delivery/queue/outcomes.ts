import { sql } from 'kysely';
import { compileOnce } from '../../../database/compiled.js';
import type { Store } from '../../../database/schema.js';
import type { Receipt } from '../../channels/channel.js';
import { type ClaimedJob, FAILURES, type FailureReason, type Outcome } from '../job.js';
import { writeEvents, writeWaiting } from '../job-events.js';
import { shareWarmth } from './numbers.js';

/** The channel that treats recipients that were never written to in another way. */
const WITH_STRANGERS = 'whatsapp';

interface Settling {
  owner: string;
  now: number;
  maxAttempts: number;
}

/**
 * Writes the outcome of an attempt, and what there is to tell about it, if the job is still this owner's; a receipt may
 * have been faster.
 */
export async function applyOutcome(
  trx: Store,
  job: ClaimedJob,
  outcome: Outcome,
  by: Settling,
): Promise<void> {
  if (outcome.kind === 'accepted') {
    await recordReceipt(trx, { messageId: job.messageId, kind: 'accepted', at: outcome.at });
    return;
  }
  const isMine =
    outcome.kind === 'failed'
      ? await end(trx, job, outcome.reason, by)
      : await release(trx, job, outcome, by);
  if (!isMine || outcome.detail === undefined) return;
  const { detail } = outcome;
  if (outcome.kind === 'release' && !outcome.counted) await writeWaiting(trx, job.id, by.now, detail);
  else await writeEvents(trx, [job.id], [{ at: by.now, kind: 'attempt_failed', detail }]);
}

async function end(trx: Store, job: ClaimedJob, reason: FailureReason, by: Settling): Promise<boolean> {
  const result = await heldBy(trx, job, by).set(failed(reason, by.now)).executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

async function release(
  trx: Store,
  job: ClaimedJob,
  outcome: Extract<Outcome, { kind: 'release' }>,
  by: Settling,
): Promise<boolean> {
  const attempts = job.attempts + (outcome.counted ? 1 : 0);
  const mine = heldBy(trx, job, by);
  // A newer code that came while this one was under way has taken its place.
  const superseded = await mine
    .set({ ...failed('superseded', by.now), attempts, body: null })
    .where('overtaken_at', 'is not', null)
    .executeTakeFirst();
  if (superseded.numUpdatedRows > 0n) return true;
  const change =
    attempts >= by.maxAttempts
      ? failed('attempts_exhausted', by.now)
      : { status: 'pending' as const, run_at: outcome.runAt, lease_owner: null, lease_until: null };
  const result = await mine.set({ ...change, attempts }).executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function heldBy(trx: Store, job: ClaimedJob, { owner }: Settling) {
  return trx
    .updateTable('jobs')
    .where('id', '=', job.id)
    .where('status', '=', 'processing')
    .where('lease_owner', '=', owner);
}

/**
 * Notes what WhatsApp reported about a message: at any time, in any order, as often as it comes. A receipt proves
 * acceptance, whatever the job was thought to be; from then on its recipient is warm on WhatsApp.
 */
export async function recordReceipt(store: Store, receipt: Receipt): Promise<boolean> {
  const { messageId, kind, at } = receipt;
  const delivered = kind === 'accepted' ? null : at;
  const read = kind === 'read' ? at : null;
  const { rows } = await markSent(store, { messageId, at, delivered, read });
  const job = rows[0];
  if (!job) return false;
  if (job.channel === WITH_STRANGERS) await warm(store, { ...job, at });
  return true;
}

const markSent = compileOnce<
  { messageId: string; at: number; delivered: number | null; read: number | null },
  { account: string; channel: string; recipient: string }
>((store, value) =>
  store
    .updateTable('jobs')
    .set({
      status: 'sent',
      error_code: null,
      error_message: null,
      lease_owner: null,
      lease_until: null,
      sent_at: sql`COALESCE(sent_at, ${value('at')})`,
      delivered_at: sql`COALESCE(delivered_at, ${value('delivered')})`,
      read_at: sql`COALESCE(read_at, ${value('read')})`,
      finished_at: sql`COALESCE(finished_at, ${value('at')})`,
    })
    .where('message_id', '=', value('messageId'))
    .where('claimed_at', 'is not', null)
    .returning(['account', 'channel', 'recipient']),
);

/** The recipient is warm, under every spelling of the number. */
async function warm(store: Store, known: { account: string; recipient: string; at: number }): Promise<void> {
  const { rows } = await markWarm(store, known);
  const person = rows[0]?.person;
  // Nearly all numbers are called as they are written, and cost no second statement.
  if (person) await shareWarmth(store, known.account, person);
}

const markWarm = compileOnce<{ account: string; recipient: string; at: number }, { person: string | null }>(
  (store, value) =>
    store
      .insertInto('recipients')
      .values({
        account: value('account'),
        recipient: value('recipient'),
        first_accepted_at: value('at'),
      })
      .onConflict((conflict) =>
        conflict.columns(['account', 'recipient']).doUpdateSet({
          first_accepted_at: sql`COALESCE(recipients.first_accepted_at, excluded.first_accepted_at)`,
        }),
      )
      .returning(({ selectFrom, ref }) =>
        selectFrom('numbers as own')
          .innerJoin('numbers as other', 'other.person', 'own.person')
          .select('own.person')
          .where('own.phone', '=', ref('recipients.recipient'))
          .whereRef('other.phone', '<>', 'own.phone')
          .limit(1)
          .as('person'),
      ),
);

/** The columns of a job that ends here. */
export function failed(reason: FailureReason, now: number) {
  return {
    status: 'failed' as const,
    error_code: reason,
    error_message: FAILURES[reason],
    lease_owner: null,
    lease_until: null,
    finished_at: now,
  };
}
