import type { Request } from 'express';
import type { Clock } from '../clock.js';
import { AppError, type ErrorCode } from '../errors.js';
import { addressKey } from '../http/access/rate-limits.js';

/**
 * The documented texts reveal whether a number or an address is known. After many unknown ones from one network address,
 * that address is told nothing more, about known and unknown ones alike.
 */
export interface Lookups {
  /** Rejects with rate_limited when the address has used up its unknown look-ups. */
  guard<T>(req: Request, act: () => Promise<T>): Promise<T>;
}

const WINDOW_MS = 10 * 60_000;
const REVEALING: ReadonlySet<ErrorCode> = new Set([
  'account_unknown',
  'two_factor_required',
  'registration_unknown',
  'phone_taken',
  'email_taken',
  'email_verified',
  'uses_google',
]);

/** @param limit look-ups of unknown ones in ten minutes per client address; null: no limit. */
export function createLookups(deps: { clock: Clock; limit: number | null }): Lookups {
  const { clock, limit } = deps;
  const windows = new Map<string, Window>();

  /** Addresses whose window is over take no memory. */
  function forget(now: number): void {
    for (const [address, { endsAt }] of windows) {
      if (endsAt > now) return;
      windows.delete(address);
    }
  }

  /** The present window of an address; a new one when the old one is over. */
  function windowOf(address: string, now: number): Window {
    const present = windows.get(address);
    if (present && present.endsAt > now) return present;
    const fresh = { count: 0, endsAt: now + WINDOW_MS };
    windows.delete(address);
    windows.set(address, fresh);
    return fresh;
  }

  return {
    async guard(req, act) {
      if (limit === null) return await act();
      const now = clock.elapsed();
      forget(now);
      const address = addressKey(req);
      const present = windows.get(address);
      if (present && present.count >= limit) throw usedUp(present.endsAt - now);
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof AppError) || !REVEALING.has(error.code)) throw error;
        const window = windowOf(address, clock.elapsed());
        // Simultaneous requests may have used it up: then this answer is withheld as well.
        if (window.count >= limit) throw usedUp(window.endsAt - clock.elapsed());
        window.count++;
        throw error;
      }
    },
  };
}

interface Window {
  count: number;
  endsAt: number;
}

function usedUp(leftMs: number): AppError {
  return new AppError('rate_limited', 'Too many requests. Please try again later.', {
    retryAfterSeconds: leftMs / 1000,
  });
}
