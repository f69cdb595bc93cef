import type { Clock } from '../../clock.js';
import { maxAcceptableWaitMs, sendMarginMs } from '../margins.js';
import {
  type Closure,
  type Obstacle,
  type Outlet,
  PERSON_NEEDED_RETRY_SECONDS,
  pauseSince,
  wholeSeconds,
} from '../outlet.js';
import { unavailable } from '../unavailable.js';
import type { Backlog } from './backlog.js';
import type { Pace } from './pace.js';

/** Decides before a code is created whether it could arrive in time. */
export interface Admission {
  /**
   * Resolves with the projected wait in milliseconds (null: unknown), or rejects with an `AppError` (503).
   * The code is counted from then on.
   */
  admit(recipient: string, code: AdmittedCode): Promise<number | null>;
  /** What will keep a code that waits already from going out, and is not over in a moment; null = nothing. */
  refusal(recipient: string, ttlMs: number): Promise<Obstacle | null>;
  /** What currently prevents a code for somebody within reach; null = nothing. */
  obstacle(): Obstacle | null;
  /** How long a code requested now would wait, in milliseconds; null: unknown. */
  projectedWaitMs(): number | null;
}

export interface AdmittedCode {
  /** The lifetime of the code; by default the configured one. */
  ttlMs?: number;
  /** Nothing will be sent: what is known about the recipient must not show. */
  silent: boolean;
  /** Refused where somebody out of reach would be, whoever it is. */
  asCold?: boolean;
  /** The other half of the places is kept for somebody else. */
  onlyHalf?: boolean;
  /** It has another channel, and does not wait until strangers can be written to. */
  hasOtherChannel?: boolean;
  /** It goes out before all that wait: those ahead do not count. */
  isFirst?: boolean;
  /** It is not worth a wait: refused while anything is in the way, be it that only some people can be written to. */
  onlyIfOpen?: boolean;
}

/**
 * A code waits until its lane is open, and then for the codes ahead of it: both count. An accepted code is expected to go
 * out before its final margin, even if the random gaps turn out long.
 * @param maxWaitMs the longest wait that an operator allows, whatever the lifetime.
 */
export function createAdmission(deps: {
  outlet: Pick<Outlet, 'closure' | 'warmOnly' | 'bars' | 'shutOut' | 'refused'>;
  pausedAt(): number | null;
  pace: Pace;
  backlog: Backlog;
  clock: Clock;
  ttlMs: number;
  maxWaitMs: number;
}): Admission {
  const { outlet, pace, backlog, clock } = deps;

  /** Everything that keeps the lane shut, with what callers are told first. */
  function closures(): Closure[] {
    const found = outlet.closure();
    const pausedAt = deps.pausedAt();
    const pause = pausedAt === null ? null : pauseSince(pausedAt, clock.now());
    const inOrder = found?.mayEndAt === null ? [found, pause] : [pause, found];
    return inOrder.filter((closure) => closure !== null);
  }

  /** In how many milliseconds a message may go out, as far as that is known. */
  function opensInMs(closed: Closure[]): number {
    const now = clock.now();
    return Math.max(pace.waitMs(), ...closed.map(({ mayEndAt }) => (mayEndAt ?? now) - now));
  }

  /**
   * @param shutOutMs for how long the recipient, like others who wait for the same, cannot be written to.
   * @param share of the places: with half of them, each code ahead counts twice; infinite: none counts.
   */
  function projection(opensMs: number, shutOutMs: number, share: number): Projection {
    const isTogether = shutOutMs > 0 || !outlet.warmOnly();
    const ahead = (backlog.size() + (isTogether ? backlog.held() : 0)) / share;
    const startMs = Math.max(opensMs, shutOutMs);
    return {
      expectedMs: startMs + ahead * pace.cycleMs(),
      surelyMs: startMs + pace.atMostMs(ahead),
    };
  }

  /** By how much the codes ahead exceed what an operator allows, or what will surely arrive in time. */
  function overfullMs(ttlMs: number, share: number): number {
    const { expectedMs, surelyMs } = projection(pace.waitMs(), 0, share);
    const allowedMs = Math.min(deps.maxWaitMs, maxAcceptableWaitMs(ttlMs));
    return Math.max(expectedMs - allowedMs, surelyMs - inTimeMs(ttlMs));
  }

  function verdict(ttlMs: number, shutOut: ShutOut | null, share: number): Verdict {
    if (shutOut && shutOut.leftMs >= inTimeMs(ttlMs)) return { refusal: shutOut.obstacle };
    const closed = closures();
    const lasting = closed.find((closure) => !closure.isBrief(ttlMs));
    if (lasting) return { refusal: lasting };
    const overMs = overfullMs(ttlMs, share);
    if (overMs > 0) return { refusal: queueFull(overMs) };

    const { expectedMs, surelyMs } = projection(opensInMs(closed), shutOut?.leftMs ?? 0, Math.max(1, share));
    const lateMs = Math.max(expectedMs - deps.maxWaitMs, surelyMs - inTimeMs(ttlMs));
    const ending = closed.find(({ mayEndAt }) => mayEndAt !== null);
    if (ending && lateMs >= 0) return { refusal: ending };
    if (shutOut && lateMs >= 0) return { refusal: queueFull(lateMs) };
    return { waitMs: closed.some(({ mayEndAt }) => mayEndAt === null) ? null : expectedMs };
  }

  function requireOpen(): void {
    const [closed] = closures();
    if (closed) throw unavailable(closed.code, closed.retryAfterSeconds, closed.detail);
    if (outlet.warmOnly()) throw unavailable('sender_restricted', PERSON_NEEDED_RETRY_SECONDS);
  }

  return {
    obstacle() {
      const [closed] = closures();
      if (closed) return closed;
      const overMs = overfullMs(deps.ttlMs, 1);
      return overMs > 0 ? queueFull(overMs) : null;
    },

    projectedWaitMs() {
      const closed = closures();
      const isUnknown = closed.some(({ mayEndAt, isBrief }) => mayEndAt === null || !isBrief(deps.ttlMs));
      return isUnknown ? null : projection(opensInMs(closed), 0, 1).expectedMs;
    },

    async refusal(recipient, ttlMs) {
      const barred = outlet.bars?.(recipient);
      if (barred) return barred;
      const closure = outlet.closure();
      if (closure && !closure.isBrief(ttlMs)) return closure;
      return (await outlet.shutOut(recipient, false))?.obstacle ?? null;
    },

    async admit(recipient, admitted) {
      const { ttlMs = deps.ttlMs, silent, asCold = false, onlyHalf = false, onlyIfOpen = false } = admitted;
      const { hasOtherChannel = false, isFirst = false } = admitted;
      const barred = outlet.bars?.(recipient);
      if (barred) throw unavailable(barred.code, barred.retryAfterSeconds, barred.detail);
      if (onlyIfOpen) requireOpen();
      const lookedUp = await outlet.shutOut(recipient, asCold);
      const shutOut = silent && !asCold ? null : lookedUp;
      const share = isFirst ? Number.POSITIVE_INFINITY : onlyHalf ? 0.5 : 1;
      const found =
        shutOut && hasOtherChannel ? { refusal: shutOut.obstacle } : verdict(ttlMs, shutOut, share);
      if ('waitMs' in found) {
        backlog.reserved();
        return found.waitMs;
      }
      const { code, retryAfterSeconds, detail } = found.refusal;
      outlet.refused(recipient, found.refusal);
      throw unavailable(code, retryAfterSeconds, detail);
    },
  };
}

function queueFull(overMs: number): Obstacle {
  return { code: 'queue_full', retryAfterSeconds: wholeSeconds(overMs) };
}

type ShutOut = NonNullable<Awaited<ReturnType<Outlet['shutOut']>>>;
type Verdict = { refusal: Obstacle } | { waitMs: number | null };

interface Projection {
  expectedMs: number;
  /** Even with bad luck. */
  surelyMs: number;
}

/** The time within which a message has to go out. */
function inTimeMs(ttlMs: number): number {
  return ttlMs - sendMarginMs(ttlMs);
}
