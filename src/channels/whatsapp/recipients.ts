import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { leftOf } from '../../deadline.js';

/** What is known about the people written to, per account, in the table `recipients`. */
export interface Recipients {
  find(phone: string): Promise<Recipient>;
  /** Notes WhatsApp's answer; null: the number is not on WhatsApp. */
  remember(phone: string, address: Address | null): Promise<void>;
  /** The address did not work: ask again next time. */
  doubt(phone: string): Promise<void>;
  /** Another number was paired: for it everybody is a stranger. */
  forgetAll(): Promise<void>;
}

export interface Recipient {
  /** A message to the number was accepted before. */
  isWarm: boolean;
  /** The last answer, however old; undefined when WhatsApp was never asked. */
  address: Address | null | undefined;
  isFresh: boolean;
}

export interface Address {
  jid: string;
  /** Where to write when WhatsApp has mapped the number to an opaque identity. */
  lid: string | null;
}

const YES_HOLDS_MS = 7 * 24 * 60 * 60_000;
const NO_HOLDS_MS = 60 * 60_000;

export function createRecipients(store: Store, clock: Clock, account: string): Recipients {
  return {
    async find(phone) {
      const row = await store
        .selectFrom('recipients')
        .select(['checked_at', 'jid', 'lid', 'first_accepted_at'])
        .where('account', '=', account)
        .where('recipient', '=', phone)
        .executeTakeFirst();
      if (!row || row.checked_at === null) {
        return { isWarm: Boolean(row?.first_accepted_at), address: undefined, isFresh: false };
      }
      const address = row.jid === null ? null : { jid: row.jid, lid: row.lid };
      const holdsMs = address ? YES_HOLDS_MS : NO_HOLDS_MS;
      const isFresh = leftOf(row.checked_at + holdsMs, holdsMs, clock.now()) > 0;
      return { isWarm: row.first_accepted_at !== null, address, isFresh };
    },
    async remember(phone, address) {
      const answer = { checked_at: clock.now(), jid: address?.jid ?? null, lid: address?.lid ?? null };
      await store
        .insertInto('recipients')
        .values({ account, recipient: phone, ...answer })
        .onConflict((conflict) => conflict.columns(['account', 'recipient']).doUpdateSet(answer))
        .execute();
    },
    async doubt(phone) {
      await store
        .updateTable('recipients')
        .set({ checked_at: null, jid: null, lid: null })
        .where('account', '=', account)
        .where('recipient', '=', phone)
        .execute();
    },
    async forgetAll() {
      await store.deleteFrom('recipients').where('account', '=', account).execute();
    },
  };
}
