import type { Store } from '../../../database/schema.js';
import type { Writer } from '../../channels/inbound-text.js';
import type { Clock } from '../../clock.js';

/** Who wants nothing from any of our numbers. */
export interface OptOuts {
  /** @param phone E.164, in any spelling. */
  isOptedOut(phone: string): Promise<boolean>;
  optOut(writer: Writer): Promise<void>;
  /** The person has written something else. */
  optIn(writer: Writer): Promise<void>;
}

export function createOptOuts(deps: {
  store: Store;
  clock: Clock;
  spellingsOf(phone: string): string[];
}): OptOuts {
  const { store, clock, spellingsOf } = deps;

  return {
    async isOptedOut(phone) {
      const spellings = spellingsOf(phone);
      const found = await store
        .selectFrom('opt_outs')
        .select('address')
        .where((eb) =>
          eb.or([
            eb('address', 'in', spellings),
            eb(
              'address',
              'in',
              eb
                .selectFrom('recipients')
                .select('lid')
                .where('recipient', 'in', spellings)
                .$castTo<{ lid: string }>(),
            ),
          ]),
        )
        .limit(1)
        .execute();
      return found.length > 0;
    },

    // Only what the message itself says: whose a number was before must not silence its present owner.
    async optOut({ phone, lid }) {
      const addresses = [phone, lid].filter((address) => address !== null);
      await store
        .insertInto('opt_outs')
        .values(addresses.map((address) => ({ address, opted_out_at: clock.now() })))
        .onConflict((conflict) => conflict.column('address').doNothing())
        .execute();
    },

    async optIn({ phone, lid }) {
      const addresses = [...(phone === null ? [] : spellingsOf(phone)), ...(lid === null ? [] : [lid])];
      await store
        .deleteFrom('opt_outs')
        .where((eb) =>
          eb.or([
            eb('address', 'in', addresses),
            eb('address', 'in', eb.selectFrom('recipients').select('recipient').where('lid', '=', lid)),
          ]),
        )
        .execute();
    },
  };
}
