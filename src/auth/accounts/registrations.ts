import { sql } from 'kysely';
import type { Contract, RegistrationRow, Store } from '../../../database/schema.js';
import { isAhead, lasts, leftOf } from '../../deadline.js';
import { type Asker, isOwnRegistration } from '../clients/asker.js';
import type { Contact } from '../contact.js';
import { isStorable } from './accounts.js';

/** How long a registration waits for its code; every new code starts the time again. */
const PENDING_MS = 60 * 60_000;
/** The last step has to follow the code within this time. */
const COMPLETION_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** How many registrations a code is tried against. */
const MAX_WAITING = 20;
const PENDING = { until: 'registrations.expires_at', ruleMs: PENDING_MS };
const COMPLETION = { until: 'registrations.expires_at', ruleMs: COMPLETION_MS };

export type NewRegistration = Omit<
  RegistrationRow,
  'profile' | 'verified_at' | 'completed_at' | 'expires_at'
> & {
  profile: Record<string, unknown>;
};

/** The contact whose registration is looked for, with the keys from `ContactKeys.all`, and by whom. */
export interface Sought extends Contact {
  keys: string[];
  asker: Asker;
}

/** `replaces`: one registration per contact and client, and the newest data count. */
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
      .where('client', '=', registration.client)
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
 * This client's registrations that wait for a code, likeliest first: the one that it named, then those whose code goes to
 * the contact itself, then the newest. Anybody can start a registration with somebody else's address and their own phone:
 * it must not block the owner.
 *
 * If it has none: one without a password can be finished from anywhere, since old apps change their network, unless
 * another client has asked for the same contact.
 */
export async function pendingFor(
  store: Store,
  contract: Contract,
  by: Sought,
  now: number,
): Promise<RegistrationRow[]> {
  const all = () => pendingBy(store, contract, by, now).limit(MAX_WAITING);
  const own = await all().where(isOwnRegistration(by.asker)).execute();
  if (own.length > 0) return own;
  const others = await all().execute();
  return others.every(({ password_hash }) => password_hash === null) && isOneClient(others) ? others : [];
}

/** Whether any client's registration waits for a code to this contact. */
export async function isPending(store: Store, contract: Contract, by: Sought, now: number): Promise<boolean> {
  return (await pendingBy(store, contract, by, now).limit(1).execute()).length > 0;
}

/** A registration that waits for its code. */
export function pendingById(trx: Store, contract: Contract, id: string, now: number) {
  return pending(trx, contract, now).where('id', '=', id).executeTakeFirst();
}

/** The registrations with a password that wait for a code to this contact in this network, newest first. */
export function pendingNear(
  store: Store,
  { contract, contact, network }: Pick<RegistrationRow, 'contract' | 'contact' | 'network'>,
  now: number,
): Promise<RegistrationRow[]> {
  return pending(store, contract, now)
    .where('contact', '=', contact)
    .where('network', '=', network)
    .where('password_hash', 'is not', null)
    .limit(MAX_WAITING)
    .execute();
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

function isOneClient(registrations: RegistrationRow[]): boolean {
  const clients = new Set(registrations.map(({ client }) => client));
  const networks = new Set(registrations.map(({ network }) => network));
  return clients.size <= 1 || networks.size <= 1;
}

function pendingBy(store: Store, contract: Contract, { asker, ...by }: Sought, now: number) {
  const [column, values] =
    by.kind === 'email' ? (['email', [by.value]] as const) : (['contact', by.keys] as const);
  return pending(store, contract, now)
    .where(column, 'in', values)
    .clearOrderBy()
    .orderBy(
      sql`CASE WHEN id = ${asker.named} THEN 0 WHEN contact IN (${sql.join(by.keys)}) THEN 1 ELSE 2 END`,
    )
    .orderBy('created_at', 'desc')
    .orderBy('id');
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
