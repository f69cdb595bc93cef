import type { Store } from '../../../database/schema.js';
import type { Counted, Limits, Use } from '../../limits/index.js';
import { prefixOfNumber } from '../conversion/prefix.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import type { Admit, VerificationOrder } from './verification.js';

/** Whom limits count by: every spelling of a number is one person. @param personOf as `Persons.personOf`. */
export function subjectOf(contact: string, personOf: (phone: string) => string): string {
  return contact.includes('@') ? contact : personOf(contact);
}

/** What a start or a resend uses up of the limits that every door shares, and of its key's. */
export function createCounts(deps: {
  store: Store;
  limits: Pick<Limits, 'count'>;
  personOf(phone: string): string;
}) {
  const { store, limits } = deps;

  /** Whether a verification of somebody went there in the last day. */
  async function isKnown(contact: string): Promise<boolean> {
    const row = await store
      .selectFrom('codes')
      .select('id')
      .where('contact', '=', contact)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async function usesOf({ contact, address, client, caller, isTest }: Sent): Promise<Use[]> {
    const subject = subjectOf(contact.value, deps.personOf);
    const uses: Use[] = isTest
      ? []
      : [
          { rule: 'contact-codes', of: subject },
          { rule: 'contact-codes-day', of: subject },
        ];
    if (contact.kind === 'email') uses.push({ rule: 'mails', of: 'all' });
    if (client !== null) {
      uses.push({ rule: 'client-codes-day', of: `${contact.value} ${caller} ${client}` });
    }
    if (address === null) return uses;
    uses.push({ rule: 'address-sends', of: address });
    if (await isKnown(contact.value)) return uses;
    uses.push({ rule: 'address-contacts', of: address }, { rule: 'address-contacts-day', of: address });
    if (contact.kind === 'phone') {
      uses.push({ rule: 'prefix-contacts', of: prefixOfNumber(contact.value) });
    }
    return uses;
  }

  /** Resolves as `send` does. Nothing was used when that is null, nor whatever it rejects with. */
  return async function counting<T>(sent: Sent, admit: Admit | null, send: () => Promise<T>): Promise<T> {
    const counted: Counted = await limits.count(await orStoreUnavailable(usesOf(sent)));
    let takeBack: Awaited<ReturnType<Admit>> | undefined;
    // The caller is told why there is no code, not that it stays counted.
    const giveBack = async () => {
      await takeBack?.().catch(() => {});
      await counted.giveBack();
    };
    try {
      takeBack = await admit?.();
      const sent = await send();
      if (sent === null) await giveBack();
      return sent;
    } catch (error) {
      await giveBack();
      throw error;
    }
  };
}

type Sent = Pick<VerificationOrder, 'contact' | 'address' | 'client' | 'caller'> & {
  /** Nothing goes out. */
  isTest: boolean;
};
