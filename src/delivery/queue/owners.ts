import { randomUUID } from 'node:crypto';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';

/** The processes that hold the lock on the database, one after the other. Each claims jobs in a name of its own. */
export interface Owners {
  /** This process, in its leases. */
  me: string;
  /**
   * Notes that this process holds the lock, which it must: whoever held it before has ended. Returns their names; of any
   * other owner of a lease nobody knows, and its lease has to lapse.
   */
  takeOver(): Promise<string[]>;
  /** Nothing is left that they had a lease on. */
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
