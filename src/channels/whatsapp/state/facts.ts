import type { Need, SenderState, TroubleKind } from '../../sender.js';
import type { Quota } from '../stanzas/account.js';
import { type Attempts, firstAttempts, type RetrySettings } from './attempts.js';

/** Everything that decides what a sender does next, as plain values: `next` computes new ones from old ones. */
export interface Facts {
  state: SenderState;
  /** When the state was entered, in Unix ms, like every time here that is not marked as elapsed. */
  since: number;
  detail: string | null;
  /** Why nothing goes out until a person acts; null when none is needed. */
  need: Need | null;
  qr: string | null;
  qrExpiresAt: number | null;
  pairingCode: string | null;
  /** The number of the stored session, E.164. */
  me: string | null;
  /** The number that was paired last, kept after a logout. */
  lastPhone: string | null;
  /** Since when nothing can be sent; attempts and reloads do not reset it. null: connected, or never lost. */
  lostSince: number | null;
  failedAttempts: number;
  retriesExhausted: boolean;
  /** As in `SenderStatus`. */
  givenUp: boolean;
  /** When WhatsApp first said that the number is restricted; `restrictedAt` is when it last did. */
  restrictedSince: number | null;
  restrictedAt: number | null;
  /** null while restricted: WhatsApp did not say until when. */
  restrictedUntil: number | null;
  /** The same for the cap on new chats; `restrictedSince` covers both. */
  cappedAt: number | null;
  cappedUntil: number | null;
  /** What WhatsApp last said about that cap. */
  quota: Quota | null;
  /** When a reach-out lock last began; it is kept after its end. */
  lockedAt: number | null;
  /** When the device was linked. */
  linkedAt: number | null;
  nextAttemptAt: number | null;
  openSince: number | null;

  attempts: Attempts;
  /** When WhatsApp's request for a restart was last obeyed at once, elapsed. */
  restartedAt: number;
  rounds: QrRounds;
  /** The request for a pairing code that the connection was opened for. */
  codeFor: { request: number; phone: string; isAsked: boolean } | null;
  isAskingAccount: boolean;
  /** What WhatsApp has said of its own accord since: the answer may be older. */
  toldMeanwhile: { lock: boolean; quota: boolean };
  /** When it last was, and when because of a refusal; elapsed. */
  askedAccountAt: number;
  askedAfterRefusalAt: number;
  /** WhatsApp has refused another chat, and has not been asked since. */
  isCapUnconfirmed: boolean;
  /** Whom WhatsApp has refused messages to, until it says whether that is about them or about the account. */
  unexplained: readonly string[];
  /** When it was about them, elapsed. */
  refusals: readonly number[];
  /** What the operator was told last. undefined: an earlier run may have left an alert open. */
  told: TroubleKind | null | undefined;
  isStopping: boolean;
}

/**
 * WhatsApp gives each connection a few QR codes, then closes it: one round. While somebody is looking the next round
 * follows at once; otherwise there are at most twelve an hour.
 */
interface QrRounds {
  /** Elapsed, like `attendedAt`. */
  beganAt: number;
  /** When somebody last looked. */
  attendedAt: number;
  /** The last round is over, and the next waits for its time or for somebody to look. */
  isWaiting: boolean;
}

/** The time of an event, and a random number. */
export interface Moment {
  /** Unix ms. */
  now: number;
  /** As counted by `Clock.elapsed`. */
  elapsed: number;
  /** At least 0, below 1: spreads the attempts to connect. */
  chance: number;
}

export function firstFacts(settings: RetrySettings, now: number): Facts {
  return {
    ...CLOSED,
    state: 'CONNECTING',
    since: now,
    detail: null,
    need: null,
    me: null,
    lastPhone: null,
    lostSince: null,
    failedAttempts: 0,
    retriesExhausted: false,
    givenUp: false,
    restrictedSince: null,
    restrictedAt: null,
    restrictedUntil: null,
    cappedAt: null,
    cappedUntil: null,
    quota: null,
    lockedAt: null,
    linkedAt: null,
    attempts: firstAttempts(settings),
    restartedAt: Number.NEGATIVE_INFINITY,
    rounds: { beganAt: Number.NEGATIVE_INFINITY, attendedAt: Number.NEGATIVE_INFINITY, isWaiting: false },
    codeFor: null,
    isAskingAccount: false,
    toldMeanwhile: { lock: false, quota: false },
    askedAccountAt: Number.NEGATIVE_INFINITY,
    askedAfterRefusalAt: Number.NEGATIVE_INFINITY,
    isCapUnconfirmed: false,
    unexplained: [],
    refusals: [],
    told: undefined,
    isStopping: false,
  };
}

/** What a sender without an open connection does not have. */
export const CLOSED = {
  qr: null,
  qrExpiresAt: null,
  pairingCode: null,
  openSince: null,
  nextAttemptAt: null,
} as const;

const LOST: ReadonlySet<SenderState> = new Set(['DISCONNECTED', 'LOGGED_OUT', 'BANNED', 'CONFLICT']);

/** The facts with these changes. When states and troubles began is computed here, unless the changes say it. */
export function change(before: Facts, changes: Partial<Facts>, { now }: Moment): Facts {
  const after = { ...before, ...changes };
  const isNew = after.state !== before.state;
  const isLost = after.lostSince !== null || (isNew && LOST.has(after.state));
  const times = {
    since: isNew ? now : before.since,
    restrictedSince:
      after.restrictedAt === null && after.cappedAt === null ? null : (after.restrictedSince ?? now),
  };
  const trouble =
    after.openSince === null
      ? {
          lostSince: isLost ? (after.lostSince ?? now) : null,
          givenUp: after.givenUp || after.retriesExhausted || after.need !== null,
        }
      : { lostSince: null, givenUp: false, failedAttempts: 0, retriesExhausted: false };
  return { ...after, ...times, ...trouble, ...explicit(changes) };
}

/** Set by whoever drops the connection on purpose. */
function explicit(changes: Partial<Facts>): Partial<Facts> {
  return changes.lostSince === undefined ? {} : { lostSince: changes.lostSince };
}

/** Shifts the times of day when the clock is set by `ms`, so that nothing lasts longer or shorter. */
export function moved(facts: Facts, ms: number): Facts {
  const along = (at: number | null) => (at === null ? null : at + ms);
  /** WhatsApp's time of day: a clock that is set forward may have been behind it. */
  const told = (at: number | null) => (at === null ? null : Math.min(at, at + ms));
  return {
    ...facts,
    since: facts.since + ms,
    qrExpiresAt: along(facts.qrExpiresAt),
    lostSince: along(facts.lostSince),
    restrictedSince: along(facts.restrictedSince),
    restrictedAt: along(facts.restrictedAt),
    restrictedUntil: told(facts.restrictedUntil),
    cappedAt: along(facts.cappedAt),
    cappedUntil: told(facts.cappedUntil),
    lockedAt: along(facts.lockedAt),
    linkedAt: along(facts.linkedAt),
    nextAttemptAt: along(facts.nextAttemptAt),
    openSince: along(facts.openSince),
  };
}
