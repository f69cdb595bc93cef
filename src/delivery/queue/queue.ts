import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Tables } from '../../../database/schema.js';
import { isOver } from '../../deadline.js';
import type { ClaimedJob, Outcome } from '../job.js';
import { LEASE_MS, sendMarginMs } from '../margins.js';
import { type ClaimDeps, type ClaimRules, createClaim, isInTime } from './claim.js';
import { applyOutcome } from './outcomes.js';
import { endedUnderWay, type Jobs, transition, waiting } from './transition.js';

export interface Queue {
  /** Takes the next job under a lease, or null. */
  claim(rules: ClaimRules): Promise<ClaimedJob | null>;
  /** Records an imminent write; false = do not write (expired, superseded, written too often, lease lost). */
  beginWrite(job: ClaimedJob): Promise<boolean>;
  /** Records what became of the attempt; with `next`, the next job is claimed in the same commit. */
  complete(job: ClaimedJob, outcome: Outcome, next: ClaimRules | null): Promise<ClaimedJob | null>;
  /** Extends the leases of jobs that are still under way. */
  extendLeases(jobIds: number[]): Promise<void>;
  /** Brings back abandoned jobs. Returns how many. */
  recover(lost: Lost): Promise<number>;
}

/**
 * Why a leased job counts as abandoned: its owner is known to have ended, the lease is over, or this process holds it
 * without knowing (the answer to its claim was lost); `known` are the jobs that it does know of.
 */
export type Lost =
  | { why: 'owner_ended'; owners: string[] }
  | { why: 'lapsed' }
  | { why: 'stray'; known: number[] };

const LEASE = { until: 'lease_until', ruleMs: LEASE_MS };
const RECOVERED: Record<Lost['why'], string> = {
  owner_ended: 'The program was ended while the message was under way; the next run took it up again.',
  lapsed: 'The attempt came to no end within its time; it was given up.',
  stray: 'The database failed while the message was being taken up; it was taken up again.',
};

export function createQueue(
  deps: ClaimDeps & {
    maxAttempts: number;
    /** As `Channel.tracksRecipients`. */
    tracksRecipients: boolean;
  },
): Queue {
  const { clock, account, channel, owner, maxWrites, maxAttempts, tracksRecipients } = deps;
  const { store } = deps.database;
  const marginMs = sendMarginMs(deps.ttlMs);
  const claimIn = createClaim(deps);

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
        .where(isInTime(now, deps.ttlMs, marginMs))
        // Not if a newer code came during the preparation and nothing of this one has gone out yet.
        .where((eb) => eb.or([eb('overtaken_at', 'is', null), eb('writes', '>', 0)]))
        .executeTakeFirst();
      return result.numUpdatedRows === 1n;
    },

    async complete(job, outcome, next) {
      return await store.transaction().execute(async (trx) => {
        await applyOutcome(trx, job, outcome, { owner, now: clock.now(), maxAttempts, tracksRecipients });
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
      const isLeft = (jobs: Jobs) =>
        jobs
          .where('account', '=', account)
          .where('channel', '=', channel)
          .where('finished_at', 'is', null)
          .where('status', '=', 'processing')
          .where(isLost(lost, owner, now));
      const isSuperseded = (jobs: Jobs) => isLeft(jobs).where('overtaken_at', 'is not', null);
      const why = { at: now, kind: 'recovered' as const, detail: RECOVERED[lost.why] };
      return await store.transaction().execute(async (trx) => {
        await transition(trx, isSuperseded, endedUnderWay(now));
        return (await transition(trx, isLeft, waiting(), why)).length;
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
