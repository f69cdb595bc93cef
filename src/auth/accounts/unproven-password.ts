import type { Store, UserRow } from '../../../database/schema.js';
import { contactKey } from '../contact.js';

/**
 * Whoever has just proven the address otherwise may not be the one who chose the password: unless a code to the same
 * address made it the account's, it goes, with all tokens and pending codes. Undefined: there is none to drop.
 */
export async function dropUnprovenPassword(
  trx: Store,
  id: string,
  email: string,
  now: number,
): Promise<UserRow | undefined> {
  const proven = contactKey({ kind: 'email', value: email });
  const changed = await trx
    .updateTable('users')
    .set((eb) => ({
      password_hash: null,
      password_contact: null,
      token_epoch: eb('token_epoch', '+', 1),
      updated_at: now,
    }))
    .where('id', '=', id)
    .where('password_hash', 'is not', null)
    .where((eb) => eb.or([eb('password_contact', 'is', null), eb('password_contact', '<>', proven)]))
    .returningAll()
    .executeTakeFirst();
  if (changed) await trx.deleteFrom('challenges').where('subject', '=', id).execute();
  return changed;
}
