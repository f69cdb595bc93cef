import type { Contract, RegistrationRow, Store } from '../../../database/schema.js';
import { isAhead, lasts, leftOf } from '../../deadline.js';
import type { Contact } from '../contact.js';
import { isStorable } from './accounts.js';

/** How long a registration waits for its code; every new code starts the time again. */
const PENDING_MS = 60 * 60_000;
/** The last step has to follow the code within this time. */
const COMPLETION_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** How many registrations a code for an address is tried against. */
const MAX_CONTACTS = 20;
const PENDING = { until: 'registrations.expires_at', ruleMs: PENDING_MS };
const COMPLETION = { until: 'registrations.expires_at', ruleMs: COMPLETION_MS };

export type NewRegistration = Omit<
  RegistrationRow,
  'profile' | 'verified_at' | 'completed_at' | 'expires_at'
> & {
  profile: Record<string, unknown>;
};

/** The contact whose registration is looked for, with the keys from `ContactKeys.all`. */
export interface Sought extends Contact {
  keys: string[];
}

/** `replaces`: one registration per contact, and the newest data count. */
export async function storeRegistration(
  trx: Store,
  registration: NewRegistration,
  replaces: boolean,
): Promise<void> {
  if (replaces) {
    await trx
      .deleteFrom('registrations')
      .where('contract', '=', registration.contract)
      .where('contact', '=', registration.contact)
      .execute();
  }
  await trx
    .insertInto('registrations')
    .values({
      ...registration,
      profile: JSON.stringify(registration.profile),
      verified_at: null,
      completed_at: null,
      expires_at: registration.created_at + PENDING_MS,
    })
    .execute();
}

/**
 * The newest registration that waits for a code; for an address, one whose code goes there rather than one whose code
 * goes to a phone, which may be a stranger's.
 */
export async function pendingFor(store: Store, contract: Contract, by: Sought, now: number) {
  return (
    (await pendingAt(store, contract, by.keys, now)) ??
    (await pendingBy(store, contract, by, now).executeTakeFirst())
  );
}

/**
 * Where codes for this address or phone may have been sent, newest first. Anybody can start a registration with somebody
 * else's address and their own phone: it must not block the owner.
 */
export async function pendingContacts(
  store: Store,
  contract: Contract,
  by: Sought,
  now: number,
): Promise<string[]> {
  const newest = await pendingBy(store, contract, by, now).limit(MAX_CONTACTS).execute();
  const contacts = new Set(newest.map(({ contact }) => contact));
  // The owner's code goes to the address itself, however many other registrations there are.
  if (newest.length === MAX_CONTACTS) for (const key of by.keys) contacts.add(key);
  return [...contacts];
}

/** The newest registration whose code goes to this contact. */
export function pendingAt(store: Store, contract: Contract, contacts: string[], now: number) {
  return pending(store, contract, now).where('contact', 'in', contacts).executeTakeFirst();
}

/** Its code was used: it ends, along with older ones for the same contact. */
export async function endPending(trx: Store, contract: Contract, contact: string): Promise<void> {
  await trx
    .deleteFrom('registrations')
    .where('contract', '=', contract)
    .where('contact', '=', contact)
    .where('verified_at', 'is', null)
    .execute();
}

/** Another code was sent, to this contact: the full time starts again. */
export async function keepPending(trx: Store, id: string, contact: string, now: number): Promise<void> {
  await trx
    .updateTable('registrations')
    .set({ contact, expires_at: now + PENDING_MS })
    .where('id', '=', id)
    .where('verified_at', 'is', null)
    .execute();
}

export async function registrationById(store: Store, contract: Contract, id: string) {
  if (!isStorable(id)) return undefined;
  return await store
    .selectFrom('registrations')
    .selectAll()
    .where('id', '=', id)
    .where('contract', '=', contract)
    .executeTakeFirst();
}

/** Its contact is proven: the last step may follow. False: it is not waiting for that. */
export async function markVerified(trx: Store, id: string, now: number): Promise<boolean> {
  const marked = await trx
    .updateTable('registrations')
    .set({ verified_at: now, expires_at: now + COMPLETION_MS })
    .where('id', '=', id)
    .where('verified_at', 'is', null)
    .where(lasts(PENDING, now))
    .executeTakeFirst();
  return marked.numUpdatedRows === 1n;
}

/** Ends a verified registration, once. False: not verified, too late, or ended before. */
export async function endVerified(trx: Store, contract: Contract, id: string, now: number): Promise<boolean> {
  const ended = await trx
    .updateTable('registrations')
    .set({ completed_at: now })
    .where('id', '=', id)
    .where('contract', '=', contract)
    .where('verified_at', 'is not', null)
    .where('completed_at', 'is', null)
    .where(lasts(COMPLETION, now))
    .executeTakeFirst();
  return ended.numUpdatedRows === 1n;
}

/** The last step may still follow. */
export function isCompletable(registration: RegistrationRow, now: number): boolean {
  return registration.verified_at !== null && leftOf(registration.expires_at, COMPLETION_MS, now) > 0;
}

/** Completed ones are kept for a while, to answer that they are complete. */
export async function cleanUpRegistrations(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('registrations')
    .where((eb) =>
      eb.or([
        eb('expires_at', '<=', now - DAY_MS),
        isAhead(PENDING, now),
        eb.and([eb('verified_at', 'is not', null), isAhead(COMPLETION, now)]),
      ]),
    )
    .execute();
}

function pendingBy(store: Store, contract: Contract, by: Sought, now: number) {
  const [column, values] =
    by.kind === 'email' ? (['email', [by.value]] as const) : (['contact', by.keys] as const);
  return pending(store, contract, now).where(column, 'in', values);
}

function pending(store: Store, contract: Contract, now: number) {
  return store
    .selectFrom('registrations')
    .selectAll()
    .where('contract', '=', contract)
    .where('verified_at', 'is', null)
    .where('completed_at', 'is', null)
    .where(lasts(PENDING, now))
    .orderBy('created_at', 'desc')
    .orderBy('id');
}
