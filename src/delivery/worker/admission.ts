import type { Clock } from '../../clock.js';
import { maxAcceptableWaitMs, sendMarginMs } from '../margins.js';
import { type Closure, type Obstacle, type Outlet, pauseSince, wholeSeconds } from '../outlet.js';
import { unavailable } from '../unavailable.js';
import type { Backlog } from './backlog.js';
import type { Pace } from './pace.js';

/** Says before a code is made whether it could still arrive in time. */
export interface Admission {
  /**
   * Resolves with the projected wait in milliseconds (null: nobody can know), or rejects with an `AppError` (503).
   * The code is counted from then on.
   */
  admit(recipient: string, code: AdmittedCode): Promise<number | null>;
  /** What is in the way, at this moment, of a code for a number that was written to before; null = nothing. */
  obstacle(): Obstacle | null;
  /** How long a code that is asked for now would wait, in milliseconds; null: nobody can know. */
  projectedWaitMs(): number | null;
}

export interface AdmittedCode {
  /** How long the code lives; the setting's time when nothing else is said. */
  ttlMs?: number;
  /** Nothing will be sent: what is known about the recipient must not show. */
  silent: boolean;
}

/**
 * A code waits until its lane is open, and then for the codes ahead of it: both count. What is accepted is expected to
 * go out before its last margin, also when the random gaps turn out long.
 * @param maxWaitMs the longest wait that an operator allows, whatever the lifetime.
 */
export function createAdmission(deps: {
  outlet: Pick<Outlet, 'closure' | 'warmOnly' | 'shutOut' | 'refused'>;
  pausedAt(): number | null;
  pace: Pace;
  backlog: Backlog;
  clock: Clock;
  ttlMs: number;
  maxWaitMs: number;
}): Admission {
  const { outlet, pace, backlog, clock } = deps;

  /** Everything that keeps the lane shut, with what a caller is told first in front. */
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

  /** @param shutOutMs for how long the recipient cannot be written to, nor others that wait for the same. */
  function projection(opensMs: number, shutOutMs: number): Projection {
    const isTogether = shutOutMs > 0 || !outlet.warmOnly();
    const ahead = backlog.size() + (isTogether ? backlog.held() : 0);
    const startMs = Math.max(opensMs, shutOutMs);
    return {
      expectedMs: startMs + ahead * pace.cycleMs(),
      surelyMs: startMs + pace.atMostMs(ahead),
    };
  }

  /** How far the codes ahead are beyond what an operator allows, or beyond what surely arrives in time. */
  function overfullMs(ttlMs: number): number {
    const { expectedMs, surelyMs } = projection(pace.waitMs(), 0);
    const allowedMs = Math.min(deps.maxWaitMs, maxAcceptableWaitMs(ttlMs));
    return Math.max(expectedMs - allowedMs, surelyMs - inTimeMs(ttlMs));
  }

  function verdict(ttlMs: number, shutOut: ShutOut | null): Verdict {
    if (shutOut && shutOut.leftMs >= inTimeMs(ttlMs)) return { refusal: shutOut.obstacle };
    const closed = closures();
    const lasting = closed.find((closure) => !closure.isBrief(ttlMs));
    if (lasting) return { refusal: lasting };
    const overMs = overfullMs(ttlMs);
    if (overMs > 0) return { refusal: queueFull(overMs) };

    const { expectedMs, surelyMs } = projection(opensInMs(closed), shutOut?.leftMs ?? 0);
    const lateMs = Math.max(expectedMs - deps.maxWaitMs, surelyMs - inTimeMs(ttlMs));
    const ending = closed.find(({ mayEndAt }) => mayEndAt !== null);
    if (ending && lateMs >= 0) return { refusal: ending };
    if (shutOut && lateMs >= 0) return { refusal: queueFull(lateMs) };
    return { waitMs: closed.some(({ mayEndAt }) => mayEndAt === null) ? null : expectedMs };
  }

  return {
    obstacle() {
      const [closed] = closures();
      if (closed) return closed;
      const overMs = overfullMs(deps.ttlMs);
      return overMs > 0 ? queueFull(overMs) : null;
    },

    projectedWaitMs() {
      const closed = closures();
      const isUnknown = closed.some(({ mayEndAt, isBrief }) => mayEndAt === null || !isBrief(deps.ttlMs));
      return isUnknown ? null : projection(opensInMs(closed), 0).expectedMs;
    },

    async admit(recipient, { ttlMs = deps.ttlMs, silent }) {
      const shutOut = await outlet.shutOut(recipient);
      const found = verdict(ttlMs, silent ? null : shutOut);
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
  /** With bad luck. */
  surelyMs: number;
}

/** Within this time a message has to go out. */
function inTimeMs(ttlMs: number): number {
  return ttlMs - sendMarginMs(ttlMs);
}
