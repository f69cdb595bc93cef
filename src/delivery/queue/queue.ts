import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { compileOnce } from '../../../database/compiled.js';
import type { Database } from '../../../database/connect.js';
import type { JobRow, Store, Tables } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isOver } from '../../deadline.js';
import type { Sealer } from '../../sealing.js';
import { openBody } from '../body.js';
import type { ClaimedJob, Outcome } from '../job.js';
import { writeEvents } from '../job-events.js';
import { sendMarginMs } from '../margins.js';
import { applyOutcome, failed } from './outcomes.js';

/** Which waiting jobs may go out now. */
export interface ClaimRules {
  /** Only numbers that a message was accepted for before (the sender is restricted). */
  warmOnly: boolean;
  /** Messages that may have been written before may be written again: their receipts had time to come in. */
  resends: boolean;
}

export interface Queue {
  /** Takes the next job under a lease, or null. */
  claim(rules: ClaimRules): Promise<ClaimedJob | null>;
  /** Notes that the message is about to be written; false = it must not be (expired, superseded, written too often, lease lost). */
  beginWrite(job: ClaimedJob): Promise<boolean>;
  /** Records what became of the attempt; with `next`, the next job is claimed in the same commit. */
  settle(job: ClaimedJob, outcome: Outcome, next: ClaimRules | null): Promise<ClaimedJob | null>;
  /** Keeps the leases of jobs that are still under way. */
  extendLeases(jobIds: number[]): Promise<void>;
  /** Brings back jobs that nobody works on any more. Returns how many. */
  recover(lost: Lost): Promise<number>;
}

/**
 * Under a lease, and nobody works on it: its owner is known to have ended, the time of the lease is over, or this
 * process holds it without knowing it (the answer to its claim was lost) beside what it knows of.
 */
export type Lost =
  | { why: 'owner_ended'; owners: string[] }
  | { why: 'lapsed' }
  | { why: 'stray'; known: number[] };

/** Long enough for every bounded step of a send, short enough that a hung one comes back while its code lives. */
export const LEASE_MS = 60_000;
const LEASE = { until: 'lease_until', ruleMs: LEASE_MS };
const RECOVERED: Record<Lost['why'], string> = {
  owner_ended: 'The program was ended while the message was under way; the next run took it up again.',
  lapsed: 'The attempt came to no end within its time; it was given up.',
  stray: 'The database failed while the message was being taken up; it was taken up again.',
};

/** @param owner names this process, `sender` the identity that sends what it claims. */
export function createQueue(deps: {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  account: string;
  channel: string;
  owner: string;
  sender: string;
  ttlMs: number;
  maxAttempts: number;
  /** How often a message may be written whose fate is not known. */
  maxWrites: number;
  bodySealer: Sealer;
}): Queue {
  const { database, clock, account, channel, owner, sender, bodySealer, maxWrites } = deps;
  const { store } = database;
  const marginMs = sendMarginMs(deps.ttlMs);
  const claimQuery = { warm: claimOf(database.kind, true), any: claimOf(database.kind, false) };

  async function claimIn(trx: Store, rules: ClaimRules): Promise<ClaimedJob | null> {
    const now = clock.now();
    const { rows } = await claimQuery[rules.warmOnly ? 'warm' : 'any'](trx, {
      account,
      channel,
      owner,
      sender,
      now,
      leaseUntil: now + LEASE_MS,
      expiresAfter: now + marginMs,
      writesBelow: rules.resends ? maxWrites : 1,
    });
    return rows[0] ? claimedFrom(rows[0]) : null;
  }

  function claimedFrom(row: ClaimRow): ClaimedJob {
    return {
      id: row.id,
      messageId: row.message_id,
      recipient: row.recipient,
      text: openBody(bodySealer, row.body, row.message_id)?.text ?? null,
      attempts: row.attempts,
      expiresAt: row.expires_at,
    };
  }

  return {
    claim: (rules) => claimIn(store, rules),

    async beginWrite(job) {
      const now = clock.now();
      const result = await store
        .updateTable('jobs')
        .set((eb) => ({ writes: eb('writes', '+', 1), lease_until: now + LEASE_MS }))
        .where('id', '=', job.id)
        .where('status', '=', 'processing')
        .where('lease_owner', '=', owner)
        .where('writes', '<', maxWrites)
        .where('expires_at', '>', now + marginMs)
        // A newer code came during the preparation, and nothing of this one is out yet.
        .where((eb) => eb.or([eb('overtaken_at', 'is', null), eb('writes', '>', 0)]))
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    async settle(job, outcome, next) {
      return await store.transaction().execute(async (trx) => {
        await applyOutcome(trx, job, outcome, { owner, now: clock.now(), maxAttempts: deps.maxAttempts });
        return next ? await claimIn(trx, next) : null;
      });
    },

    async extendLeases(jobIds) {
      if (jobIds.length === 0) return;
      await store
        .updateTable('jobs')
        .set({ lease_until: clock.now() + LEASE_MS })
        .where('id', 'in', jobIds)
        .where('status', '=', 'processing')
        .where('lease_owner', '=', owner)
        .execute();
    },

    async recover(lost) {
      const now = clock.now();
      return await store.transaction().execute(async (trx) => {
        const held = trx
          .updateTable('jobs')
          .where('account', '=', account)
          .where('channel', '=', channel)
          .where('finished_at', 'is', null)
          .where('status', '=', 'processing')
          .where(isLost(lost, owner, now));
        await held
          .set({ ...failed('superseded', now), body: null })
          .where('overtaken_at', 'is not', null)
          .execute();
        const taken = await held
          .set({ status: 'pending', lease_owner: null, lease_until: null })
          .returning('id as jobId')
          .execute();
        await writeEvents(
          trx,
          taken.map(({ jobId }) => jobId),
          [{ at: now, kind: 'recovered', detail: RECOVERED[lost.why] }],
        );
        return taken.length;
      });
    },
  };
}

function isLost(lost: Lost, me: string, now: number) {
  return ({ and, eb, lit }: ExpressionBuilder<Tables, 'jobs'>): Expression<SqlBool> => {
    switch (lost.why) {
      case 'owner_ended':
        return lost.owners.length > 0 ? eb('lease_owner', 'in', lost.owners) : lit(false);
      case 'lapsed':
        return isOver(LEASE, now);
      case 'stray':
        return lost.known.length > 0
          ? and([eb('lease_owner', '=', me), eb('id', 'not in', lost.known)])
          : eb('lease_owner', '=', me);
    }
  };
}

type ClaimRow = Pick<JobRow, 'id' | 'message_id' | 'recipient' | 'body' | 'attempts' | 'expires_at'>;

/** The claim: one statement, whose returned row is the answer. */
function claimOf(kind: Database['kind'], warmOnly: boolean) {
  return compileOnce<ClaimValues, ClaimRow>((store, value) => {
    let due = store
      .selectFrom('jobs')
      .select('jobs.id')
      .where('account', '=', value('account'))
      .where('channel', '=', value('channel'))
      .where('status', '=', sql.lit('pending'))
      .where('run_at', '<=', value('now'))
      .where('expires_at', '>', value('expiresAfter'))
      .where('writes', '<', value('writesBelow'))
      .orderBy('run_at')
      .orderBy('id')
      .limit(1);
    if (warmOnly) due = due.where(isWarm);
    if (kind === 'postgres') due = due.forUpdate().skipLocked();
    return store
      .updateTable('jobs')
      .set({
        status: 'processing',
        sender: value('sender'),
        lease_owner: value('owner'),
        lease_until: value('leaseUntil'),
        claimed_at: value('now'),
      })
      .where('id', '=', due)
      .where('status', '=', 'pending')
      .returning(['id', 'message_id', 'recipient', 'body', 'attempts', 'expires_at']);
  });
}

interface ClaimValues {
  account: string;
  channel: string;
  owner: string;
  sender: string;
  now: number;
  leaseUntil: number;
  expiresAfter: number;
  writesBelow: number;
}

/** A message to the recipient of the job was accepted before. */
export function isWarm({ exists, selectFrom }: ExpressionBuilder<Tables, 'jobs'>) {
  return exists(
    selectFrom('recipients')
      .select(sql.lit(1).as('one'))
      .whereRef('recipients.account', '=', 'jobs.account')
      .whereRef('recipients.recipient', '=', 'jobs.recipient')
      .where('recipients.first_accepted_at', 'is not', null),
  );
}
