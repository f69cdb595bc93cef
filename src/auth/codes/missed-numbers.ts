import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';

/** How long after it was asked for a code may turn out to have nowhere to go: longer than any is valid. */
const LOOKED_BACK_MS = 15 * 60_000;

export interface MissedNumbers {
  /**
   * Counts numbers that are not on WhatsApp against the addresses that wanted to sign up with them, each number once an
   * hour. May be called at any time, by any process. Resolves with how many addresses get nothing to new numbers because
   * of it.
   */
  count(): Promise<number>;
}

/** Whoever tries numbers at random misses most of them, and each look-up of one costs the sending number a little trust. */
export function createMissedNumbers(deps: { store: Store; clock: Clock; limits: Limits }): MissedNumbers {
  const { store, clock, limits } = deps;
  return {
    async count() {
      const missed = await store
        .selectFrom('jobs')
        .innerJoin('challenges', 'challenges.id', 'jobs.asked_by')
        .select(['jobs.recipient', 'challenges.network'])
        .distinct()
        .where('jobs.created_at', '>', clock.now() - LOOKED_BACK_MS)
        .where('jobs.error_code', '=', 'not_on_whatsapp')
        .where('challenges.purpose', '=', 'register')
        .execute();
      const paused = new Set<string>();
      for (const { recipient, network } of missed) {
        if (network === null) continue;
        const use = { rule: 'address-misses', of: addressIn(network) } as const;
        await limits.count([{ ...use, each: recipient }]).catch((error: unknown) => {
          if (!(error instanceof AppError)) throw error;
        });
        if ((await limits.waitMs([use])) > 0) paused.add(network);
      }
      return paused.size;
    },
  };
}

/** An IPv6 network stands for the address that it begins with. */
function addressIn(network: string): string {
  return network.replace(/\/\d+$/, '');
}
