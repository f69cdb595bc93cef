import type { Store, UserRow } from '../../../database/schema.js';
import { PHONE_KEY } from '../contact-keys.js';

/**
 * The account's new password. All its tokens and open codes end. Undefined: since it was read, the account was deactivated
 * or deleted, or its tokens have ended, and nothing is changed.
 * @param change.provenBy the contact whose code allowed it, in the form of `contactKey`; null: the password of before did.
 */
export async function setPassword(
  trx: Store,
  { id, token_epoch }: Pick<UserRow, 'id' | 'token_epoch'>,
  change: { hash: string; provenBy: string | null },
  now: number,
): Promise<UserRow | undefined> {
  const { hash, provenBy } = change;
  const changed = await trx
    .updateTable('users')
    .set((eb) => ({
      password_hash: hash,
      token_epoch: eb('token_epoch', '+', 1),
      updated_at: now,
      ...(provenBy !== null && { password_contact: provenBy }),
      ...(provenBy?.startsWith(PHONE_KEY) && { phone_used_at: now }),
    }))
    .where('id', '=', id)
    .where('token_epoch', '=', token_epoch)
    .where('deactivated_at', 'is', null)
    .returningAll()
    .executeTakeFirst();
  if (changed) await trx.deleteFrom('challenges').where('subject', '=', id).execute();
  return changed;
}

/** PostgreSQL: before its codes are touched, as all do that end them; two that crossed would lock each other out. */
export async function lockAccount(trx: Store, id: string): Promise<void> {
  await trx
    .updateTable('users')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('id', '=', id)
    .execute();
}
