import type { AttemptCause, Store } from '../../../database/schema.js';
import type { Joined, JoiningJob } from '../../delivery/queue/new-job.js';
import { withdraw } from '../../delivery/queue/supersede.js';
import type { Conversion } from '../conversion/conversion.js';
import { ENDED } from './code-rows.js';
import { followsAt, mayFollowUntil, type RouteFacts } from './decide.js';
import type { KnownSend } from './known-codes.js';
import { VERIFICATION } from './route.js';
import { asSend, type Way } from './ways.js';

/** Counts that a channel begins. */
export type Beginnings = Pick<Conversion, 'started'>;

/** Somebody else has moved the code, or ended it, since it was looked at. */
export class Moved extends Error {
  override readonly name = 'Moved';
}

/** The code as it was looked at. */
export interface MovingCode {
  id: string;
  facts: RouteFacts;
  sends: KnownSend[];
}

/**
 * Writes a way: the step if it is another one, what was passed over, and the message, in the caller's transaction. The first
 * statement decides who moves the code; rejects with `Moved` when that is somebody else.
 */
export async function storeWay(
  trx: Store,
  { id, facts, sends }: MovingCode,
  { passedOver, begins, step }: Way,
  message: { cause: AttemptCause; job: JoiningJob | null; now: number },
  conversion: Beginnings,
): Promise<Joined | null> {
  const { now, cause } = message;
  const isStep = step > facts.step;
  const hasBegun = isStep && begins !== null;
  const known = { ...facts, sends: [...facts.sends, ...passedOver.map(asSend)] };
  const moved = await trx
    .updateTable('codes')
    .set({
      ...(isStep && {
        step,
        ...(hasBegun && { step_began_at: now }),
        next_step_at: hasBegun ? followsAt(facts, step, now) : null,
        may_follow_until: mayFollowUntil(known, hasBegun ? step : null),
      }),
      changed_at: now,
      // Of a silent one, nothing more is to come.
      ...(message.job?.silent && { ...ENDED, status: 'canceled' as const, ended_at: now }),
    })
    .where('id', '=', id)
    .where('step', '=', facts.step)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  if (moved.numUpdatedRows !== 1n) throw new Moved('The code has moved on.');
  const attempts = passedOver.map(({ channel, reason }) => ({ channel, jobId: null, error: reason }));
  if (!begins || !message.job) {
    await addAttempts(trx, { id, sends }, attempts, message);
    return null;
  }
  if (isStep) await withdraw(trx, jobsOf(sends), now);
  const joined = await begins.place.enqueueIn(trx, message.job);
  const sent = { channel: begins.channel, jobId: joined.jobId, error: null };
  await addAttempts(trx, { id, sends }, [...attempts, sent], { cause, now });
  await countBeginning(trx, conversion, { facts, sends }, { ...message.job, channel: begins.channel });
  return joined;
}

/** Of verifications alone, and of each channel once: what becomes of other codes is not known here. */
async function countBeginning(
  trx: Store,
  conversion: Beginnings,
  { facts, sends }: Pick<MovingCode, 'facts' | 'sends'>,
  { purpose, recipient, channel }: Pick<JoiningJob, 'purpose' | 'recipient'> & { channel: string },
): Promise<void> {
  const begun = sends.filter(({ jobId }) => jobId !== null);
  if (purpose !== VERIFICATION || begun.some((send) => send.channel === channel)) return;
  const isFirst = begun.length === 0;
  await conversion.started(trx, { contact: recipient, startedAt: facts.createdAt, channel, isFirst });
}

/** Rejects with `Moved` when somebody else has added one since. */
export async function addAttempts(
  trx: Store,
  { id, sends }: Pick<MovingCode, 'id' | 'sends'>,
  attempts: { channel: string; jobId: number | null; error: string | null }[],
  { cause, now }: { cause: AttemptCause; now: number },
): Promise<void> {
  if (attempts.length === 0) return;
  const rows = attempts.map(({ channel, jobId, error }, index) => {
    const place = sends.length + index + 1;
    return { id: `${id}/${place}`, code_id: id, place, channel, cause, job_id: jobId, at: now, error };
  });
  const added = await trx
    .insertInto('code_attempts')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .execute();
  if (added.length < rows.length) throw new Moved('The code was sent by somebody else.');
}

export function jobsOf(sends: Pick<KnownSend, 'jobId'>[]): number[] {
  return sends.flatMap(({ jobId }) => jobId ?? []);
}
