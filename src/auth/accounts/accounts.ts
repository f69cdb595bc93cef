import { sql } from 'kysely';
import type { Store, UserRow } from '../../../database/schema.js';
import { AppError } from '../../errors.js';
import type { ProvenAccount } from './proven.js';

/** Who may sign in to several label accounts with one address: looked at oldest first. */
const MAX_LABELS = 5;

/** Whom this address belongs to: the account that has proven it, else those that claim it. */
export async function accountsWithEmail(store: Store, email: string): Promise<UserRow[]> {
  const accounts = await store
    .selectFrom('users')
    .selectAll()
    .where('email', '=', email)
    .orderBy(sql`CASE WHEN email_verified_at IS NULL THEN 1 ELSE 0 END`)
    .orderBy('created_at')
    .limit(MAX_LABELS)
    .execute();
  const [first] = accounts;
  return first && first.email_verified_at !== null ? [first] : accounts;
}

export function accountWithProvenEmail(store: Store, email: string): Promise<UserRow | undefined> {
  return store
    .selectFrom('users')
    .selectAll()
    .where('email', '=', email)
    .where('email_verified_at', 'is not', null)
    .executeTakeFirst();
}

/** @param spellings of one person's number. Accounts put in by hand may be several: the one that would keep it. */
export function accountWithPhone(store: Store, spellings: string[]): Promise<UserRow | undefined> {
  return store
    .selectFrom('users')
    .selectAll()
    .where('phone', 'in', spellings)
    .orderBy(lastByNumber)
    .limit(1)
    .executeTakeFirst();
}

/** Who signed in last by the number comes first; deactivated accounts come last. */
export const lastByNumber = sql`CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END,
  COALESCE(phone_used_at, created_at) DESC, id`;

export async function accountById(store: Store, id: string): Promise<UserRow | undefined> {
  if (!isStorable(id)) return undefined;
  return await store.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

/** PostgreSQL has no text with a NUL in it, and says so with an error. */
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
 * A sign-in that has succeeded. Rejects with account_inactive when the account was deactivated, deleted or lost its
 * address since the password or code was looked at: what counted then is no longer good.
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

/** A code that came to the phone has signed somebody in. */
export async function notePhoneUse(store: Store, id: string, now: number): Promise<void> {
  await store.updateTable('users').set({ phone_used_at: now }).where('id', '=', id).execute();
}

/** Throws two_factor_required: a single step is not enough for such an account, through no door. */
export function requireSingleStep({ two_factor_at }: Pick<UserRow, 'two_factor_at'>): void {
  if (two_factor_at !== null) throw twoFactorRequired();
}

export function twoFactorRequired(): AppError {
  return new AppError('two_factor_required', 'This account signs in with a password and a code.');
}

export function accountInactive(): AppError {
  return new AppError('account_inactive', 'This account is inactive.');
}
