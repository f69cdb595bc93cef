import { hold } from '../../../database/queries/hold.js';
import type { Contract, Store, UserRow } from '../../../database/schema.js';
import { holdPerson } from '../../delivery/queue/numbers.js';
import { contactKey } from '../contact.js';
import { accountWithPhone, accountWithProvenEmail, emailTaken, phoneTaken } from './accounts.js';

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

/**
 * Creates the account; a proven address is taken from accounts that only claimed it. Rejects with phone_taken or
 * email_taken: the lock on the person and the unique index decide, whatever runs at the same time. Registrations must be
 * changed after it, not before.
 */
export async function createAccount(trx: Store, account: NewAccount, now: number): Promise<UserRow> {
  if (account.phone !== null) {
    const spellings = await holdPerson(trx, account.phone);
    if (await accountWithPhone(trx, spellings)) throw phoneTaken();
  }
  if (account.email !== null) await hold(trx, contactKey({ kind: 'email', value: account.email }));
  const created = await trx
    .insertInto('users')
    .values({
      id: account.id,
      contract: account.contract,
      phone: account.phone,
      email: account.email,
      email_verified_at: account.email !== null && account.emailProven ? now : null,
      password_hash: account.passwordHash,
      password_contact: account.passwordHash === null ? null : provenContact(account),
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
  // After the insert, which lets through one at a time: two that take the same address at once would deadlock.
  if (account.email !== null) {
    if (account.emailProven) await takeEmail(trx, account.email, account.id, now);
    else if (await accountWithProvenEmail(trx, account.email)) throw emailTaken();
  }
  return created;
}

/** The contact that the account was made by. */
function provenContact({ phone, email, emailProven }: NewAccount): string | null {
  if (phone !== null) return contactKey({ kind: 'phone', value: phone });
  return email !== null && emailProven ? contactKey({ kind: 'email', value: email }) : null;
}

/**
 * Whoever proves an address takes it. An account that only claimed it loses it, together with the password that went
 * with it, its tokens and its pending codes; it is kept only if it has a proven phone, or one that it may get back.
 * Pending registrations with the address end as well: otherwise a stranger's password could get in through one of them.
 */
async function takeEmail(trx: Store, email: string, owner: string, now: number): Promise<void> {
  const losers = await trx
    .updateTable('users')
    .set((eb) => ({
      email: null,
      password_hash: null,
      // Without its password there is no first step: the phone alone signs in, or the number would be locked out for good.
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
    await trx.deleteFrom('challenges').where('subject', '=', id).execute();
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
