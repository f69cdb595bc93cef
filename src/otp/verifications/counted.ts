import type { Store } from '../../../database/schema.js';
import type { Counted, Limits, Use } from '../../limits/index.js';
import { prefixOfNumber } from '../conversion/prefix.js';
import { orStoreUnavailable } from '../or-store-unavailable.js';
import type { Admit, VerificationOrder } from './verification.js';

/** Whom limits count by: every spelling of a number is one person. @param personOf as `Persons.personOf`. */
export function subjectOf(contact: string, personOf: (phone: string) => string): string {
  return contact.includes('@') ? contact : personOf(contact);
}

/**
 * What a code uses up of the limits against pumping and flooding, which every door with a key shares: of the person who gets
 * it, and of the network address that asks for it, where that is known.
 * @param personOf as in `subjectOf`.
 */
export function createSharedUses({ store, personOf }: { store: Store; personOf(phone: string): string }) {
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

  /** @param each as in `Use`: where nothing else tells that a contact has had a code before. */
  return async function sharedUses({ contact, address, isTest, each }: Shared): Promise<Use[]> {
    const subject = subjectOf(contact.value, personOf);
    const uses: Use[] = isTest
      ? []
      : [
          { rule: 'contact-codes', of: subject },
          { rule: 'contact-codes-day', of: subject },
        ];
    if (contact.kind === 'email') uses.push({ rule: 'mails', of: 'all' });
    if (address === null) return uses;
    uses.push({ rule: 'address-sends', of: address });
    if (await isKnown(contact.value)) return uses;
    const once = each === undefined ? {} : { each };
    uses.push(
      { rule: 'address-contacts', of: address, ...once },
      { rule: 'address-contacts-day', of: address, ...once },
    );
    if (contact.kind === 'phone') {
      uses.push({ rule: 'prefix-contacts', of: prefixOfNumber(contact.value), ...once });
    }
    return uses;
  };
}

/** What a start or a resend uses up of the limits that every door shares, and of its key's. */
export function createCounts(deps: {
  store: Store;
  limits: Pick<Limits, 'count'>;
  personOf(phone: string): string;
}) {
  const { limits } = deps;
  const sharedUses = createSharedUses(deps);

  async function usesOf(sent: Sent): Promise<Use[]> {
    const { contact, client, caller } = sent;
    const uses = await sharedUses(sent);
    if (client === null) return uses;
    return [...uses, { rule: 'client-codes-day', of: `${contact.value} ${caller} ${client}` }];
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

interface Shared extends Pick<VerificationOrder, 'contact' | 'address'> {
  /** Nothing goes out. */
  isTest: boolean;
  each?: string;
}

type Sent = Shared & Pick<VerificationOrder, 'client' | 'caller'>;
