import type { Store } from '../../database/schema.js';
import type { ColdAllowance } from '../channels/cold-allowance.js';
import type { Clock } from '../clock.js';
import { takeUnwritten } from '../delivery/queue/sweep.js';
import { unavailable } from '../delivery/unavailable.js';
import type { Place } from '../delivery/worker/place.js';
import { AppError } from '../errors.js';
import { giveBackAt } from '../limits/counts.js';
import type { Counted, Limits, Use } from '../limits/index.js';

/**
 * Messages to people out of reach: WhatsApp restricts numbers that send many. Three words count, in this order: WhatsApp's
 * own (a lock, a cap, a warning: none), the operator's (so many a day), and our advice, which never leaves a person without
 * the only way there is.
 */
export interface ColdBudget {
  /**
   * Counts a code to this recipient, if it is one of these. Rejects with cold_budget_used. Resolves with the place that was
   * reserved for it: released without a job it gives back what was counted, too.
   */
  countFor(place: Place, recipient: string, code: ColdCode): Promise<Place>;
  /** A message to this recipient now is one of those that the day has: within reach, or not more than is allowed or advised. */
  isLeft(lane: ColdLane, recipient: string): Promise<boolean>;
  /** How many a day may have, and whether more go out all the same; null: any number. */
  allowed(lane: Pick<ColdLane, 'coldAllowance'>): { perDay: number; isAdvice: boolean } | null;
}

interface ColdLane {
  isCold(recipient: string): Promise<boolean>;
  coldAllowance(): ColdAllowance | null;
}

export interface ColdCode {
  lane: ColdLane;
  /** Asked for at a door that anybody may open: these have a share of their own. */
  atDoor: boolean;
  silent: boolean;
  /** Refused like a message to somebody new, whoever it is. */
  asCold: boolean;
  /** The code can go another way, and does so once as many are sent as is advised. */
  hasOtherChannel: boolean;
}

const ALL: Use = { rule: 'cold-messages', of: 'all' };
/** Of what is advised, doors that anybody may open get no more than this. */
const PART_OF_DOORS = 1 / 2;
const OF_DOORS: Use = { rule: 'cold-messages-doors', of: 'all' };

/**
 * @param deps.perDay the operator's word; null: there is none.
 * @param deps.coldOfDay how many of today are stored, or of those that the doors asked for.
 */
export function createColdBudget(deps: {
  store: Store;
  clock: Clock;
  limits: Pick<Limits, 'count' | 'waitMs'>;
  perDay: number | null;
  coldOfDay(of?: 'doors'): Promise<number>;
}): ColdBudget {
  const { store, clock, limits, perDay } = deps;
  /** Places that were found to be within the advice, and have no job yet. */
  let reserved = 0;
  let reservedAtDoors = 0;

  /** Gives back those whose message was never written. */
  async function settle(): Promise<void> {
    await store.transaction().execute(async (trx) => {
      for (const { at, caller } of await takeUnwritten(trx, clock.now())) {
        const uses = caller?.startsWith('contract:') ? [ALL, OF_DOORS] : [ALL];
        for (const { rule, of } of uses) await giveBackAt(trx, { name: rule, subject: of }, at);
      }
    });
  }

  async function countLimited(atDoor: boolean): Promise<Counted> {
    await settle();
    return await limits.count(atDoor ? [ALL, OF_DOORS] : [ALL]).catch((error: unknown) => {
      throw error instanceof AppError ? usedFor(error.options.retryAfterSeconds ?? 1) : error;
    });
  }

  /** What is stored counts itself, so that only what is on its way there is counted here. */
  async function countAdvised({ perDay: advised, until }: ColdAllowance, atDoor: boolean): Promise<Counted> {
    const ofDoor = atDoor ? 1 : 0;
    const giveBack = async () => {
      reserved--;
      reservedAtDoors -= ofDoor;
    };
    reserved++;
    reservedAtDoors += ofDoor;
    try {
      const isWithin =
        (await deps.coldOfDay()) + reserved <= advised &&
        (!atDoor || (await deps.coldOfDay('doors')) + reservedAtDoors <= Math.floor(advised * PART_OF_DOORS));
      if (isWithin) return { giveBack };
    } catch (error) {
      await giveBack();
      throw error;
    }
    await giveBack();
    throw usedFor((until - clock.now()) / 1_000);
  }

  return {
    allowed(lane) {
      const allowance = lane.coldAllowance();
      if (allowance === null || allowance.isFinal) return allowance && { perDay: 0, isAdvice: false };
      return { perDay: perDay ?? allowance.perDay, isAdvice: perDay === null };
    },

    async isLeft(lane, recipient) {
      const allowance = lane.coldAllowance();
      if (allowance === null || !(await lane.isCold(recipient))) return true;
      if (allowance.isFinal) return false;
      if (perDay !== null) return (await limits.waitMs([ALL])) === 0;
      return (await deps.coldOfDay()) + reserved < allowance.perDay;
    },

    async countFor(place, recipient, { lane, atDoor, silent, asCold, hasOtherChannel }) {
      const allowance = lane.coldAllowance();
      if (allowance === null) return place;
      // The only way, and nobody has limited it: it is not even counted.
      if (!allowance.isFinal && perDay === null && !hasOtherChannel) return place;
      const isFirst = (await lane.isCold(recipient)) && !silent;
      if (!isFirst && !asCold) return place;
      if (allowance.isFinal) throw usedFor((allowance.until - clock.now()) / 1_000);
      if (perDay !== null) return sharing(place, await countLimited(atDoor), isFirst);
      return onItsWay(place, await countAdvised(allowance, atDoor));
    },
  };
}

/** From the moment it is stored, or given back, the job counts itself, or nothing does. */
function onItsWay(place: Place, counted: Counted): Place {
  return holding(place, counted, (giveBack) => giveBack());
}

/**
 * The place and what was counted for it go together.
 * @param isFirst false: it was counted for the look of it, and is given back after the answer, whose time must not tell.
 */
function sharing(place: Place, counted: Counted, isFirst: boolean): Place {
  return holding(place, counted, (giveBack, keep) => (isFirst ? keep() : void setImmediate(giveBack)));
}

/** Released without a job, the place gives back what was counted. @param onStored what happens to it once a job is stored. */
function holding(
  place: Place,
  counted: Counted,
  onStored: (giveBack: () => void, keep: () => void) => void,
): Place {
  let isOurs = true;
  function giveBack(): void {
    if (isOurs) void counted.giveBack();
    isOurs = false;
  }
  function keep(): void {
    isOurs = false;
  }
  return {
    ...place,
    async enqueue(job) {
      const enqueued = await place.enqueue(job);
      if (enqueued.kind === 'created') onStored(giveBack, keep);
      return enqueued;
    },
    async enqueueIn(trx, job) {
      const joined = await place.enqueueIn(trx, job);
      return {
        ...joined,
        committed() {
          joined.committed();
          onStored(giveBack, keep);
        },
      };
    },
    release() {
      place.release();
      giveBack();
    },
  };
}

function usedFor(seconds: number): AppError {
  return unavailable('cold_budget_used', Math.max(1, Math.ceil(seconds)));
}
