import type { RegistrationRow, Store, UserRow } from '../../../database/schema.js';
import { type Asker, isOwnRegistration } from '../clients/asker.js';
import { type Notices, noticeContact } from './notices.js';

/**
 * Tells the contact that an account was made with it: by mail always; over WhatsApp, where each message counts, only when
 * somebody else wanted one with the same number.
 */
export async function tellAccountMade(
  notices: Notices,
  account: UserRow,
  { hadRivals }: { hadRivals: boolean },
): Promise<void> {
  const contact = noticeContact(account);
  if (contact?.kind === 'email' || (contact && hadRivals)) await notices.send(contact, 'account_made');
}

/** Whether another client has registered the same contact meanwhile, through whichever contract. */
export async function hasRivals(
  trx: Store,
  { id, contact }: Pick<RegistrationRow, 'id' | 'contact'>,
  asker: Asker,
  now: number,
): Promise<boolean> {
  const rival = await trx
    .selectFrom('registrations')
    .select('id')
    .where('contact', '=', contact)
    .where('id', '<>', id)
    .where((eb) => eb.not(isOwnRegistration(asker)))
    .where('completed_at', 'is', null)
    .where('expires_at', '>', now)
    .limit(1)
    .executeTakeFirst();
  return rival !== undefined;
}
