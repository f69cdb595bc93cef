import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { takeUnwritten } from '../delivery/queue/sweep.js';
import { unavailable } from '../delivery/unavailable.js';
import type { Place } from '../delivery/worker/place.js';
import { AppError } from '../errors.js';
import { giveBackAt } from '../limits/counts.js';
import type { Counted, Limits, Use } from '../limits/index.js';

/** First messages to people who never got one: WhatsApp restricts numbers that send many. */
export interface ColdBudget {
  /**
   * Counts a code to this recipient, if it is one of these. Rejects with cold_budget_used. Resolves with the place that was
   * reserved for it: released without a job it gives back what was counted, too.
   */
  countFor(place: Place, recipient: string, code: ColdCode): Promise<Place>;
}

interface ColdCode {
  lane: { isCold(recipient: string): Promise<boolean> };
  /** Asked for at a door that anybody may open: these have a share of their own. */
  atDoor: boolean;
  silent: boolean;
  /** Refused like the first message to somebody new, whoever it is. */
  asCold: boolean;
}

const ALL: Use = { rule: 'cold-messages', of: 'all' };
const OF_DOORS: Use = { rule: 'cold-messages-doors', of: 'all' };

/** @param deps.perDay null: any number, and none is counted here. */
export function createColdBudget(deps: {
  store: Store;
  clock: Clock;
  limits: Pick<Limits, 'count'>;
  perDay: number | null;
}): ColdBudget {
  const { store, clock, limits, perDay } = deps;

  /** Gives back those whose message was never written. */
  async function settle(): Promise<void> {
    await store.transaction().execute(async (trx) => {
      for (const { at, caller } of await takeUnwritten(trx, clock.now())) {
        const uses = caller?.startsWith('contract:') ? [ALL, OF_DOORS] : [ALL];
        for (const { rule, of } of uses) await giveBackAt(trx, { name: rule, subject: of }, at);
      }
    });
  }

  return {
    async countFor(place, recipient, { lane, atDoor, silent, asCold }) {
      if (perDay === null) return place;
      const isFirst = (await lane.isCold(recipient)) && !silent;
      if (!isFirst && !asCold) return place;
      await settle();
      const counted = await limits.count(atDoor ? [ALL, OF_DOORS] : [ALL]).catch((error: unknown) => {
        throw error instanceof AppError ? used(error) : error;
      });
      return sharing(place, counted, isFirst);
    },
  };
}

/**
 * The place and what was counted for it go together.
 * @param isFirst false: it was counted for the look of it, and is given back after the answer, whose time must not tell.
 */
function sharing(place: Place, counted: Counted, isFirst: boolean): Place {
  let isOurs = true;
  function giveBack(): void {
    if (isOurs) void counted.giveBack();
    isOurs = false;
  }
  function stored(): void {
    if (isFirst) isOurs = false;
    else setImmediate(giveBack);
  }
  return {
    ...place,
    async enqueue(job) {
      const enqueued = await place.enqueue(job);
      if (enqueued.kind === 'created') stored();
      return enqueued;
    },
    async enqueueIn(trx, job) {
      const joined = await place.enqueueIn(trx, job);
      return {
        ...joined,
        committed() {
          joined.committed();
          stored();
        },
      };
    },
    release() {
      place.release();
      giveBack();
    },
  };
}

function used({ options }: AppError): AppError {
  return unavailable('cold_budget_used', options.retryAfterSeconds ?? 1);
}
