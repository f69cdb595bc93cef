import { type SqlBool, sql } from 'kysely';
import type { Store, UserRow } from '../../../database/schema.js';
import { AppError } from '../../errors.js';
import type { ProvenAccount } from './proven.js';

/**
 * The account with this address: the one that has proven it, else, of those that claim it, the one whose phone signed in
 * last. Only one: strangers who claim an address must not make its owner's sign-in dearer.
 */
export function accountWithEmail(store: Store, email: string): Promise<UserRow | undefined> {
  return store
    .selectFrom('users')
    .selectAll()
    .where('email', '=', email)
    .orderBy(sql`CASE WHEN email_verified_at IS NULL THEN 1 ELSE 0 END`)
    .orderBy(sql`CASE WHEN password_hash IS NULL THEN 1 ELSE 0 END`)
    .orderBy(lastByNumber)
    .limit(1)
    .executeTakeFirst();
}

/** A bcrypt hash of any account that was imported with one, or null: there is none. */
export async function importedHash(store: Store): Promise<string | null> {
  const row = await store
    .selectFrom('users')
    .select('password_hash')
    .where(sql<SqlBool>`substr(password_hash, 1, 2) = '$2'`)
    .limit(1)
    .executeTakeFirst();
  return row?.password_hash ?? null;
}

export function accountWithProvenEmail(store: Store, email: string): Promise<UserRow | undefined> {
  return store
    .selectFrom('users')
    .selectAll()
    .where('email', '=', email)
    .where('email_verified_at', 'is not', null)
    .executeTakeFirst();
}

/** @param spellings of one person's number. Accounts created by hand may share it: then the one that would keep it. */
export function accountWithPhone(store: Store, spellings: string[]): Promise<UserRow | undefined> {
  return store
    .selectFrom('users')
    .selectAll()
    .where('phone', 'in', spellings)
    .orderBy(lastByNumber)
    .limit(1)
    .executeTakeFirst();
}

/** The account that signed in by its number last comes first; deactivated accounts come last. */
export const lastByNumber = sql`CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END,
  COALESCE(phone_used_at, created_at) DESC, id`;

export async function accountById(store: Store, id: string): Promise<UserRow | undefined> {
  if (!isStorable(id)) return undefined;
  return await store.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

/** PostgreSQL cannot store a NUL in a text and answers with an error. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}

export function phoneTaken(): AppError {
  return new AppError('phone_taken', 'This phone number is already registered.');
}

export function emailTaken(): AppError {
  return new AppError('email_taken', 'This e-mail address is already registered.');
}

/**
 * Notes a successful sign-in. Rejects with account_inactive when the account has been deactivated, deleted or lost its
 * address since the password or code was checked: that proof is no longer valid.
 */
export async function noteLogin(
  store: Store,
  { id, epoch }: ProvenAccount,
  address: string,
  now: number,
): Promise<UserRow> {
  const user = await store
    .updateTable('users')
    .set({ last_login_at: now, last_login_ip: address })
    .where('id', '=', id)
    .where('token_epoch', '=', epoch)
    .where('deactivated_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (!user) throw accountInactive();
  return user;
}

/** Notes a sign-in by a code that came to the phone. */
export async function notePhoneUse(store: Store, id: string, now: number): Promise<void> {
  await store.updateTable('users').set({ phone_used_at: now }).where('id', '=', id).execute();
}

/** Throws two_factor_required: a single step is never enough for such an account. */
export function requireSingleStep({ two_factor_at }: Pick<UserRow, 'two_factor_at'>): void {
  if (two_factor_at !== null) throw twoFactorRequired();
}

export function twoFactorRequired(): AppError {
  return new AppError('two_factor_required', 'This account signs in with a password and a code.');
}

export function accountInactive(): AppError {
  return new AppError('account_inactive', 'This account is inactive.');
}
