import { randomUUID } from 'node:crypto';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';

/** The processes that have held the lock on the database, one after the other. Each claims jobs under its own name. */
export interface Owners {
  /** This process's name in its leases. */
  me: string;
  /**
   * Records that this process holds the lock, which it must: earlier holders have therefore ended. Returns their names. Of
   * any other owner of a lease nothing is known, and its lease has to lapse.
   */
  takeOver(): Promise<string[]>;
  /** Forgets owners whose jobs have been taken over; a lease they may still have elsewhere has to lapse. */
  forget(ended: string[]): Promise<void>;
}

export function createOwners({ store, clock }: { store: Store; clock: Clock }): Owners {
  const me = randomUUID();
  return {
    me,

    async takeOver() {
      await store.insertInto('lease_owners').values({ owner: me, since: clock.now() }).execute();
      const others = await store
        .selectFrom('lease_owners')
        .select('owner')
        .where('owner', '<>', me)
        .execute();
      return others.map(({ owner }) => owner);
    },

    async forget(ended) {
      if (ended.length > 0) await store.deleteFrom('lease_owners').where('owner', 'in', ended).execute();
    },
  };
}
