import type { Client } from '../auth/clients/client.js';
import { AppError, type ErrorCode } from '../errors.js';
import type { Limits, Use } from '../limits/index.js';

/**
 * The documented texts reveal whether a number or an address is known. After many unknown ones from one network address,
 * that address is told nothing more, about known and unknown ones alike.
 */
export interface Lookups {
  /**
   * Rejects with rate_limited when the client's address has used up its unknown look-ups, unless the person has signed in
   * from there lately: for them there is nothing to find out.
   */
  guard<T>(client: Client, act: () => Promise<T>, isKnownHere?: () => Promise<boolean>): Promise<T>;
}

const REVEALING: ReadonlySet<ErrorCode> = new Set([
  'account_unknown',
  'two_factor_required',
  'registration_unknown',
  'phone_taken',
  'email_taken',
  'email_verified',
  'uses_google',
]);

export function createLookups(limits: Limits): Lookups {
  return {
    async guard({ address }, act, isKnownHere = async () => false) {
      const lookup: Use[] = [{ rule: 'address-lookups', of: address }];
      if ((await limits.waitMs(lookup)) > 0 && !(await isKnownHere())) await limits.check(lookup);
      try {
        return await act();
      } catch (error) {
        // Simultaneous requests may have used it up: then this answer is withheld as well.
        if (error instanceof AppError && REVEALING.has(error.code)) await limits.count(lookup);
        throw error;
      }
    },
  };
}
