import type { Store } from '../../database/schema.js';
import type { Sender, SenderStatus } from '../channels/sender.js';
import type { Clock } from '../clock.js';
import { AppError, type ErrorCode } from '../errors.js';
import type { Backlog } from './backlog.js';
import { sendMarginMs } from './margins.js';
import type { Pace } from './pace.js';

/** Says before a code is made whether it could still arrive in time. */
export interface Admission {
  /** Resolves with the projected wait in milliseconds, or rejects with an `AppError` (503). Counts the code in. */
  admit(recipient: string): Promise<number>;
  /** What stands in the way of a code for a number that was written to before; null = nothing. */
  obstacle(): Obstacle | null;
  /** How long a code that is asked for now would wait for its turn, in milliseconds. */
  projectedWaitMs(): number;
}

export interface Obstacle {
  code: ErrorCode;
  /** For an operator. */
  reason: string;
  retryAfterSeconds: number;
}

/** The documented text of the 503; the machine-readable code says which of the reasons it was. */
export const UNAVAILABLE_TEXT =
  'Service temporarily unavailable due to a queueing issue. Please try again shortly.';
/** When a person has to act first, there is no better guess. */
const PERSON_NEEDED_RETRY_SECONDS = 60;
const NO_END_TOLD_RETRY_SECONDS = 3_600;

export function createAdmission(deps: {
  store: Store;
  sender: Sender;
  pace: Pace;
  backlog: Backlog;
  clock: Clock;
  account: string;
  ttlMs: number;
  maxWaitMs: number;
}): Admission {
  const { store, sender, pace, backlog, clock } = deps;

  function queueMs(): number {
    return pace.waitMs() + backlog.size() * pace.cycleMs();
  }

  function projectedWaitMs(): number {
    const { openSince, nextAttemptAt } = sender.status();
    return Math.max(queueMs(), openSince === null ? (nextAttemptAt ?? 0) - clock.now() : 0);
  }

  /** How far the queue is beyond what an operator allows, or beyond what surely arrives in time. */
  function overfullMs(): number {
    const surelyMs = pace.waitMs() + pace.atMostMs(backlog.size());
    return Math.max(queueMs() - deps.maxWaitMs, surelyMs - (deps.ttlMs - sendMarginMs(deps.ttlMs)));
  }

  function obstacle(): Obstacle | null {
    const status = sender.status();
    if (status.needsPerson) {
      return { ...personNeeded(status), retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS };
    }
    const overMs = overfullMs();
    if (overMs <= 0) return null;
    return {
      code: 'queue_full',
      reason: 'The codes that already wait would make a new one too late.',
      retryAfterSeconds: Math.max(1, Math.ceil(overMs / 1000)),
    };
  }

  /** Until when the sender may not write first to this number; null when it may write now. */
  async function shutOutUntil(recipient: string): Promise<number | null> {
    const { state, restrictedUntil } = sender.status();
    if (state !== 'RESTRICTED') return null;
    const known = await store
      .selectFrom('recipients')
      .select('first_accepted_at')
      .where('account', '=', deps.account)
      .where('recipient', '=', recipient)
      .executeTakeFirst();
    return known?.first_accepted_at ? null : (restrictedUntil ?? Number.POSITIVE_INFINITY);
  }

  function restriction(leftMs: number): Obstacle | null {
    if (leftMs < deps.ttlMs - sendMarginMs(deps.ttlMs)) return null;
    return {
      code: 'sender_restricted',
      reason: 'WhatsApp does not let this sender write to new numbers at the moment.',
      retryAfterSeconds: Number.isFinite(leftMs) ? Math.ceil(leftMs / 1000) : NO_END_TOLD_RETRY_SECONDS,
    };
  }

  return {
    obstacle,
    projectedWaitMs,
    async admit(recipient) {
      const shutOutMs = ((await shutOutUntil(recipient)) ?? 0) - clock.now();
      const inTheWay = restriction(shutOutMs) ?? obstacle();
      if (inTheWay) {
        throw new AppError(inTheWay.code, UNAVAILABLE_TEXT, {
          retryAfterSeconds: inTheWay.retryAfterSeconds,
          cause: inTheWay.reason,
        });
      }
      const waitMs = Math.max(projectedWaitMs(), shutOutMs);
      backlog.admitted();
      return waitMs;
    },
  };
}

function personNeeded(status: SenderStatus): { code: ErrorCode; reason: string } {
  switch (status.state) {
    case 'BANNED':
      return { code: 'sender_banned', reason: 'WhatsApp has banned the sending number.' };
    case 'CONFLICT':
      return { code: 'sender_conflict', reason: 'Another program uses the session of the sending number.' };
    case 'LOGGED_OUT':
      return {
        code: 'sender_logged_out',
        reason: 'The sending number was logged out and must be paired again.',
      };
    default:
      return status.paired || hasGivenUp(status)
        ? {
            code: 'sender_unavailable',
            reason: status.detail ?? 'The sender needs the attention of an operator.',
          }
        : { code: 'sender_not_paired', reason: 'No WhatsApp number is paired yet.' };
  }
}

/** Not paired and not trying either: there is a session, but it cannot be read. */
function hasGivenUp({ state, nextAttemptAt }: SenderStatus): boolean {
  return state === 'DISCONNECTED' && nextAttemptAt === null;
}
