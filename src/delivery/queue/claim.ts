import { type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../../database/connect.js';
import type { JobRow, Store, Tables } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Sealer } from '../../sealing.js';
import { openBody } from '../body.js';
import { type ClaimedJob, NOTICE } from '../job.js';
import { LEASE_MS, sendMarginMs } from '../margins.js';
import { claimed, compileTransition } from './transition.js';

/** Which waiting jobs may go out now. */
export interface ClaimRules {
  /** Only codes to people whom the sender may write to (it is restricted). */
  warmOnly: boolean;
  /** Messages that may have been written before may be written again: their receipts have had time to arrive. */
  resends: boolean;
}

export interface ClaimDeps {
  database: Pick<Database, 'store' | 'kind'>;
  clock: Clock;
  account: string;
  channel: string;
  /** Identifies this process in its leases. */
  owner: string;
  /** The identity that sends what is claimed. */
  sender: string;
  ttlMs: number;
  /** How often a message whose fate is unknown may be written. */
  maxWrites: number;
  bodySealer: Sealer;
}

/** Takes the next job under a lease, or null. */
export type Claim = (trx: Store, rules: ClaimRules) => Promise<ClaimedJob | null>;

export function createClaim(deps: ClaimDeps): Claim {
  const { database, clock, account, channel, owner, sender, bodySealer, maxWrites } = deps;
  const marginMs = sendMarginMs(deps.ttlMs);
  const claim = { warm: claimOf(database.kind, true), any: claimOf(database.kind, false) };

  return async (trx, rules) => {
    const now = clock.now();
    const [row] = await claim[rules.warmOnly ? 'warm' : 'any'](trx, {
      account,
      channel,
      owner,
      sender,
      now,
      leaseUntil: now + LEASE_MS,
      ttlMs: deps.ttlMs,
      marginMs,
      writesBelow: rules.resends ? maxWrites : 1,
    });
    if (!row) return null;
    const body = openBody(bodySealer, row.body, row.message_id);
    return {
      id: row.id,
      messageId: row.message_id,
      recipient: row.recipient,
      text: body?.text ?? null,
      code: body?.code ?? '',
      ...(body?.subject !== undefined && { subject: body.subject }),
      ...(body?.locale !== undefined && { locale: body.locale }),
      attempts: row.attempts,
      expiresAt: row.expires_at,
    };
  };
}

const CLAIMED = ['id', 'message_id', 'recipient', 'body', 'attempts', 'expires_at'] as const;
type ClaimRow = Pick<JobRow, (typeof CLAIMED)[number]>;

/** The claim is one statement, whose returned row is the answer. */
function claimOf(kind: Database['kind'], warmOnly: boolean) {
  return compileTransition<ClaimValues, keyof ClaimRow>({
    which(jobs, value, store) {
      let due = store
        .selectFrom('jobs')
        .select('jobs.id')
        .where('account', '=', value('account'))
        .where('channel', '=', value('channel'))
        .where('status', '=', sql.lit('pending'))
        .where('run_at', '<=', value('now'))
        .where(isInTime(value('now'), value('ttlMs'), value('marginMs')))
        .where('writes', '<', value('writesBelow'))
        // One that waits with a sender may be out already: only that sender can send the same message again.
        .where((eb) => eb.or([eb('sender', 'is', null), eb('sender', '=', value('sender'))]))
        .orderBy('run_at')
        .orderBy('id')
        .limit(1);
      if (warmOnly) due = due.where(isReachable(value('now'))).where('purpose', '<>', sql.lit(NOTICE));
      if (kind === 'postgres') due = due.forUpdate().skipLocked();
      return jobs.where('id', '=', due).where('status', '=', 'pending');
    },
    to: (value) =>
      claimed({
        owner: value('owner'),
        sender: value('sender'),
        until: value('leaseUntil'),
        at: value('now'),
      }),
    returning: [...CLAIMED],
  });
}

interface ClaimValues {
  account: string;
  channel: string;
  owner: string;
  sender: string;
  now: number;
  leaseUntil: number;
  ttlMs: number;
  marginMs: number;
  writesBelow: number;
}

/**
 * Enough of the code's life is left for it to be worth sending. The parameters may be what stands for them in a compiled
 * statement.
 * @param ttlMs the life of most codes, @param marginMs and its margin: only of a shorter one is it a tenth of its own.
 */
export function isInTime(now: number, ttlMs: number, marginMs: number): RawBuilder<SqlBool> {
  const life = sql`expires_at - created_at`;
  return sql<SqlBool>`(expires_at > ${now} + CASE WHEN ${life} < ${ttlMs} THEN (${life}) / 10 ELSE ${marginMs} END)`;
}

/** The sender may write to the recipient of the job. @param now Unix ms, or what stands for it in a compiled statement. */
export function isReachable(now: number) {
  return ({ exists, selectFrom }: ExpressionBuilder<Tables, 'jobs'>) =>
    exists(
      selectFrom('recipients')
        .select(sql.lit(1).as('one'))
        .whereRef('recipients.account', '=', 'jobs.account')
        .whereRef('recipients.recipient', '=', 'jobs.recipient')
        .where('recipients.reachable_until', '>', now),
    );
}
