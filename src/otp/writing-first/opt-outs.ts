import type { Store } from '../../../database/schema.js';
import type { Writer } from '../../channels/inbound-text.js';
import type { Clock } from '../../clock.js';

/**
 * Who wants nothing from any of our numbers: kept in memory as well, for the many codes to people who never said so.
 */
export interface OptOuts {
  /** @param phone E.164, in any spelling. */
  isOptedOut(phone: string): Promise<boolean>;
  optOut(writer: Writer): Promise<void>;
  /** The person has written something else. */
  optIn(writer: Writer): Promise<void>;
  /** Reads the database. */
  load(): Promise<void>;
}

export function createOptOuts(deps: {
  store: Store;
  clock: Clock;
  spellingsOf(phone: string): string[];
}): OptOuts {
  const { store, clock, spellingsOf } = deps;
  /** Numbers, and the LIDs of people whose number was not told. */
  const phones = new Set<string>();
  const lids = new Set<string>();
  const setOf = (address: string) => (address.startsWith('+') ? phones : lids);

  /** The numbers that WhatsApp told for a LID. */
  async function phonesOf(lid: string): Promise<string[]> {
    const rows = await store.selectFrom('recipients').select('recipient').where('lid', '=', lid).execute();
    return rows.map(({ recipient }) => recipient);
  }

  return {
    async isOptedOut(phone) {
      const spellings = spellingsOf(phone);
      if (spellings.some((spelling) => phones.has(spelling))) return true;
      if (lids.size === 0) return false;
      const rows = await store
        .selectFrom('recipients')
        .select('lid')
        .where('recipient', 'in', spellings)
        .execute();
      return rows.some(({ lid }) => lid !== null && lids.has(lid));
    },

    // Only what the message itself says: whose a number was before must not silence its present owner.
    async optOut({ phone, lid }) {
      const addresses = [phone, lid].filter((address) => address !== null);
      await store
        .insertInto('opt_outs')
        .values(addresses.map((address) => ({ address, opted_out_at: clock.now() })))
        .onConflict((conflict) => conflict.column('address').doNothing())
        .execute();
      for (const address of addresses) setOf(address).add(address);
    },

    async optIn({ phone, lid }) {
      if (phones.size === 0 && lids.size === 0) return;
      const told = lid === null ? [] : [lid, ...(await phonesOf(lid))];
      const addresses = [...told, ...(phone === null ? [] : spellingsOf(phone))];
      if (!addresses.some((address) => setOf(address).has(address))) return;
      await store.deleteFrom('opt_outs').where('address', 'in', addresses).execute();
      for (const address of addresses) setOf(address).delete(address);
    },

    async load() {
      const rows = await store.selectFrom('opt_outs').select('address').execute();
      for (const { address } of rows) setOf(address).add(address);
    },
  };
}
