import { AppError } from '../errors.js';
import type { Backlog } from './backlog.js';
import { longestWaitMs, sendMarginMs } from './margins.js';
import type { Obstacle, Outlet } from './outlet.js';
import type { Pace } from './pace.js';

/** Says before a code is made whether it could still arrive in time. */
export interface Admission {
  /** Resolves with the projected wait in milliseconds, or rejects with an `AppError` (503). Counts the code in. */
  admit(recipient: string, code?: AdmittedCode): Promise<number>;
  /** What stands in the way of a code for a number that was written to before; null = nothing. */
  obstacle(): Obstacle | null;
  /** How long a code that is asked for now would wait for its turn, in milliseconds. */
  projectedWaitMs(): number;
}

export interface AdmittedCode {
  /** How long the code lives; the setting's time when nothing else is said. */
  ttlMs?: number;
  /** Nothing will be sent: what is known about the recipient must not show. */
  silent?: boolean;
}

/** The documented text of the 503; the machine-readable code says which of the reasons it was. */
export const UNAVAILABLE_TEXT =
  'Service temporarily unavailable due to a queueing issue. Please try again shortly.';

/** @param maxWaitMs the longest wait that an operator allows, whatever the lifetime. */
export function createAdmission(deps: {
  outlet: Pick<Outlet, 'obstacle' | 'opensInMs' | 'shutOut'>;
  pace: Pace;
  backlog: Backlog;
  ttlMs: number;
  maxWaitMs: number;
}): Admission {
  const { outlet, pace, backlog } = deps;

  function queueMs(): number {
    return pace.waitMs() + backlog.size() * pace.cycleMs();
  }

  function projectedWaitMs(): number {
    return Math.max(queueMs(), outlet.opensInMs());
  }

  /** How far the queue is beyond what an operator allows, or beyond what surely arrives in time. */
  function overfullMs(ttlMs: number): number {
    const surelyMs = pace.waitMs() + pace.atMostMs(backlog.size());
    const allowedMs = Math.min(deps.maxWaitMs, longestWaitMs(ttlMs));
    return Math.max(queueMs() - allowedMs, surelyMs - (ttlMs - sendMarginMs(ttlMs)));
  }

  function obstacle(ttlMs: number): Obstacle | null {
    const inTheWay = outlet.obstacle();
    if (inTheWay) return inTheWay;
    const overMs = overfullMs(ttlMs);
    if (overMs <= 0) return null;
    return {
      code: 'queue_full',
      reason: 'The codes that already wait would make a new one too late.',
      retryAfterSeconds: Math.max(1, Math.ceil(overMs / 1000)),
    };
  }

  return {
    obstacle: () => obstacle(deps.ttlMs),
    projectedWaitMs,
    async admit(recipient, { ttlMs = deps.ttlMs, silent = false } = {}) {
      const shutOut = await outlet.shutOut(recipient);
      const leftMs = silent ? 0 : (shutOut?.leftMs ?? 0);
      const tooLong = leftMs >= ttlMs - sendMarginMs(ttlMs);
      const inTheWay = (tooLong && shutOut?.obstacle) || obstacle(ttlMs);
      if (inTheWay) throw unavailable(inTheWay);
      const waitMs = Math.max(projectedWaitMs(), leftMs);
      backlog.admitted();
      return waitMs;
    },
  };
}

export function unavailable({ code, reason, retryAfterSeconds }: Obstacle): AppError {
  return new AppError(code, UNAVAILABLE_TEXT, { retryAfterSeconds, cause: reason });
}
