import { type ExpressionBuilder, sql } from 'kysely';
import { compileOnce } from '../../../database/queries/compiled.js';
import type { JobEventKind, Store, Tables } from '../../../database/schema.js';
import type { Arrival, Failing, Receipt } from '../../channels/channel.js';
import type { ClaimedJob, FailureReason, Outcome } from '../job.js';
import { type NewEvent, writeEvents } from '../job-events.js';
import { shareReach } from './numbers.js';
import { isRecipient, type ReporterValues, reporterValues } from './reporter.js';
import {
  compileTransition,
  endedUnderWay,
  failed,
  type Jobs,
  sent,
  transition,
  waiting,
} from './transition.js';

interface Completing {
  owner: string;
  now: number;
  maxAttempts: number;
  /** As `Channel.tracksRecipients`. */
  tracksRecipients: boolean;
}

/**
 * Writes the outcome of an attempt, with what there is to say about it, if the job still belongs to this owner; a receipt
 * may have been faster.
 */
export async function applyOutcome(
  trx: Store,
  job: ClaimedJob,
  outcome: Outcome,
  by: Completing,
): Promise<void> {
  const isMine = heldBy(job, by);
  switch (outcome.kind) {
    case 'accepted': {
      const receipt = { messageId: job.messageId, kind: 'accepted' as const, at: outcome.at };
      return void (await recordReceipt(trx, receipt, by.tracksRecipients));
    }
    case 'failed': {
      const why = told('attempt_failed', outcome, by);
      return void (await transition(trx, isMine, failed(outcome.reason, by.now), why));
    }
    case 'release': {
      const attempts = job.attempts + (outcome.counted ? 1 : 0);
      const why = told(outcome.counted ? 'attempt_failed' : 'waiting', outcome, by);
      // A newer code that came while this one was under way has taken its place.
      const isSuperseded = (jobs: Jobs) => isMine(jobs).where('overtaken_at', 'is not', null);
      const ended = await transition(trx, isSuperseded, { ...endedUnderWay(by.now), attempts }, why);
      if (ended.length > 0) return;
      const isOver = attempts >= by.maxAttempts;
      const to = isOver ? failed('attempts_exhausted', by.now) : waiting(outcome.runAt, outcome.unwritten);
      await transition(trx, isMine, { ...to, attempts }, why);
    }
  }
}

function heldBy(job: ClaimedJob, { owner }: Completing) {
  return (jobs: Jobs) =>
    jobs.where('id', '=', job.id).where('status', '=', 'processing').where('lease_owner', '=', owner);
}

function told(kind: JobEventKind, { detail }: { detail?: string }, { now }: Completing): NewEvent | null {
  return detail === undefined ? null : { at: now, kind, detail };
}

/**
 * Stores what the other side reported about a message, at any time, in any order, any number of times. A receipt proves
 * acceptance, whatever the state of the job, but that nothing is undone by an older report: what has arrived has not
 * failed, and what has failed was accepted before. One from somebody else than the recipient changes nothing.
 * @param tracksRecipients note that the recipient has got one.
 */
export async function recordReceipt(
  trx: Store,
  receipt: Receipt,
  tracksRecipients: boolean,
): Promise<boolean> {
  if (receipt.kind === 'failed') return await recordFailure(trx, receipt);
  return await recordArrival(trx, receipt, tracksRecipients);
}

async function recordArrival(
  trx: Store,
  { messageId, kind, at, from }: Receipt & Arrival,
  tracksRecipients: boolean,
): Promise<boolean> {
  const delivered = kind === 'accepted' ? null : at;
  const read = kind === 'read' ? at : null;
  const [job] = await markSent(trx, { messageId, at, delivered, read, ...reporterValues(from) });
  if (!job) return false;
  if (tracksRecipients && job.recipient !== '') await noteArrival(trx, { ...job, at }, kind !== 'accepted');
  return true;
}

const markSent = compileTransition<
  { messageId: string; at: number; delivered: number | null; read: number | null } & ReporterValues,
  'account' | 'recipient'
>({
  which: (jobs, value) =>
    jobs
      .where('message_id', '=', value('messageId'))
      .where('claimed_at', 'is not', null)
      .where((eb) =>
        eb.or([
          eb(sql`CAST(${value('delivered')} AS BIGINT)`, 'is not', null),
          eb('error_code', 'is', null),
          eb('error_code', '<>', sql.lit<FailureReason>('provider_failed')),
        ]),
      )
      .where((builder) => isRecipient(builder, value)),
  to: (value) => sent({ at: value('at'), delivered: value('delivered'), read: value('read') }),
  returning: ['account', 'recipient'],
});

/** Ends the job, unless it has arrived. One that is not final is only told in its story. */
async function recordFailure(
  trx: Store,
  { messageId, reason, final, at, from }: Receipt & Failing,
): Promise<boolean> {
  const values = reporterValues(from);
  const isOpen = (eb: ExpressionBuilder<Tables, 'jobs'>) =>
    eb.and([
      eb('message_id', '=', messageId),
      eb('claimed_at', 'is not', null),
      eb('status', 'in', ['pending', 'processing', 'sent']),
      eb('delivered_at', 'is', null),
      eb('read_at', 'is', null),
      isRecipient(eb, (name) => values[name]),
    ]);
  const why = { at, kind: 'attempt_failed' as const, detail: reason };
  if (final) {
    return (
      (await transition(trx, (jobs) => jobs.where(isOpen), failed('provider_failed', at), why)).length > 0
    );
  }
  const told = await trx.selectFrom('jobs').select('id').where(isOpen).executeTakeFirst();
  if (told) await writeEvents(trx, [told.id], [why]);
  return told !== undefined;
}

/** Notes when the first message was accepted, under every spelling of the number, and that one has arrived. */
async function noteArrival(
  store: Store,
  known: { account: string; recipient: string; at: number },
  hasArrived: boolean,
): Promise<void> {
  const { rows } = await (hasArrived ? markArrived : markAccepted)(store, known);
  const person = rows[0]?.person;
  // Nearly all numbers have a single spelling, and need no second statement.
  if (person) await shareReach(store, known.account, person);
}

const mark = (hasArrived: boolean) =>
  compileOnce<{ account: string; recipient: string; at: number }, { person: string | null }>((store, value) =>
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
          ...(hasArrived && { silent_at: null }),
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

const [markAccepted, markArrived] = [mark(false), mark(true)];
