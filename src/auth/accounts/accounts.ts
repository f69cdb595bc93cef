import { sql } from 'kysely';
import type { Contract, Store, UserRow } from '../../../database/schema.js';
import { holdPerson } from '../../delivery/queue/numbers.js';
import { AppError } from '../../errors.js';
import type { ProvenAccount } from './proven.js';

export interface NewAccount {
  id: string;
  contract: Contract;
  /** E.164, proven. */
  phone: string | null;
  email: string | null;
  /** A code or an OpenID provider has proven the address; otherwise it is only a label. */
  emailProven: boolean;
  passwordHash: string | null;
  twoFactor: boolean;
  name: string | null;
  profile: Record<string, unknown>;
}

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

/**
 * Makes the account; a proven address is taken from whoever only claimed it. Rejects with phone_taken or email_taken:
 * the held person and the unique index decide, whoever else is at it. Registrations are to be touched after it, not before.
 */
export async function createAccount(trx: Store, account: NewAccount, now: number): Promise<UserRow> {
  if (account.phone !== null) {
    const spellings = await holdPerson(trx, account.phone);
    if (await accountWithPhone(trx, spellings)) throw phoneTaken();
  }
  const created = await trx
    .insertInto('users')
    .values({
      id: account.id,
      contract: account.contract,
      phone: account.phone,
      email: account.email,
      email_verified_at: account.email !== null && account.emailProven ? now : null,
      password_hash: account.passwordHash,
      two_factor_at: account.twoFactor ? now : null,
      name: account.name,
      profile: JSON.stringify(account.profile),
      deactivated_at: null,
      created_at: now,
      updated_at: now,
      last_login_at: null,
      last_login_ip: null,
      phone_used_at: account.phone === null ? null : now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!created) {
    throw emailTaken();
  }
  // After the insert, which lets one at a time through: two who take one address at once would wait for each other.
  if (account.email !== null) {
    if (account.emailProven) await takeEmail(trx, account.email, account.id, now);
    else if (await accountWithProvenEmail(trx, account.email)) throw emailTaken();
  }
  return created;
}

export function phoneTaken(): AppError {
  return new AppError('phone_taken', 'This phone number is already registered.');
}

export function emailTaken(): AppError {
  return new AppError('email_taken', 'This e-mail address is already registered.');
}

/**
 * Whoever proves an address takes it. An account that only claimed it loses it, and with it the password that went
 * with it, its tokens and its pending codes; it stays only with a proven phone, or one that it may get back. Pending
 * registrations that named the address end, too: otherwise the password of a stranger could come in through one of them.
 */
async function takeEmail(trx: Store, email: string, owner: string, now: number): Promise<void> {
  const losers = await trx
    .updateTable('users')
    .set((eb) => ({
      email: null,
      password_hash: null,
      // Without its password no first step is left: the phone alone signs in, or the number would be locked for good.
      two_factor_at: null,
      token_epoch: eb('token_epoch', '+', 1),
      updated_at: now,
    }))
    .where('email', '=', email)
    .where('email_verified_at', 'is', null)
    .where('id', '<>', owner)
    .returning(['id', 'phone'])
    .execute();
  for (const { id, phone } of losers) {
    await trx.deleteFrom('otp_challenges').where('subject', '=', id).execute();
    await trx.deleteFrom('identities').where('user_id', '=', id).execute();
    if (phone !== null) continue;
    await trx
      .deleteFrom('users')
      .where('id', '=', id)
      .where(({ exists, not, selectFrom }) =>
        not(exists(selectFrom('lost_numbers').select('phone').where('user_id', '=', id))),
      )
      .execute();
  }
  await trx.deleteFrom('registrations').where('email', '=', email).where('id', '<>', owner).execute();
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
