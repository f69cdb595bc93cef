import { type SqlBool, sql } from 'kysely';
import type { Store, UserRow } from '../../../database/schema.js';
import { forgetRecipients } from '../../delivery/operators/forget-recipients.js';
import { holdPerson } from '../../delivery/queue/numbers.js';
import { contactKey } from '../contact.js';
import { mailboxKey } from '../contact-keys.js';

/**
 * Deletes the account with what belongs to the person: registrations, codes, what was counted and sent. False: it is gone
 * already. What a contact has in common with another account stays with that.
 */
export async function deleteAccount(trx: Store, user: UserRow, now: number): Promise<boolean> {
  const { id } = user;
  // First, in the order in which everybody locks.
  const spellings = user.phone === null ? [] : await holdPerson(trx, user.phone);
  const removed = await trx
    .deleteFrom('users')
    .where('id', '=', id)
    .returning(['phone', 'email', 'email_verified_at'])
    .executeTakeFirst();
  if (!removed) return false;
  const phones = removed.phone !== user.phone || (await hasOther(trx, 'phone', spellings)) ? [] : spellings;
  const { email } = removed;
  const isEmailFree = email !== null && !(await hasOther(trx, 'email', [email]));
  const proven = isEmailFree && removed.email_verified_at !== null ? [email] : [];
  const contacts = [
    ...phones.map((value) => contactKey({ kind: 'phone', value })),
    ...proven.map((value) => contactKey({ kind: 'email', value })),
  ];
  const emailKeys = email === null ? [] : [contactKey({ kind: 'email', value: email })];
  await deleteCodes(trx, id, contacts);
  await trx
    .deleteFrom('client_failures')
    .where('subject', 'in', [id, ...contacts, ...emailKeys])
    .execute();
  await deleteCounts(trx, [id, ...contacts, ...contacts.map(mailboxKey), ...(isEmailFree ? [email] : [])]);
  await forgetRecipients(trx, [...phones, ...proven], now);
  // Where WhatsApp knows several spellings, what is one person stays known.
  if (phones.length === 1) await trx.deleteFrom('numbers').where('person', 'in', phones).execute();
  return true;
}

async function hasOther(trx: Store, column: 'phone' | 'email', values: string[]): Promise<boolean> {
  if (values.length === 0) return false;
  const other = trx.selectFrom('users').select('id').where(column, 'in', values);
  return (await other.limit(1).execute()).length > 0;
}

/** Codes and registrations that wait, and when codes were sent. */
async function deleteCodes(trx: Store, id: string, contacts: string[]): Promise<void> {
  const subjects = [id, ...contacts];
  await trx
    .deleteFrom('challenges')
    .where((eb) => eb.or([eb('subject', 'in', subjects), eb('contact', 'in', subjects)]))
    .execute();
  await trx
    .deleteFrom('registrations')
    .where((eb) => eb.or([eb('id', '=', id), eb('contact', 'in', subjects)]))
    .execute();
  const counted = [...subjects, ...contacts.map(mailboxKey)];
  await trx.deleteFrom('client_sends').where('contact', 'in', counted).execute();
}

/** Limits whose subject is one of these, or one of these and a client, or an address and one of these. */
async function deleteCounts(trx: Store, subjects: string[]): Promise<void> {
  const named = [...new Set(subjects)].map((subject) => {
    const pattern = subject.replace(/[\\%_]/g, '\\$&');
    return sql<SqlBool>`subject = ${subject} OR subject LIKE ${`${pattern} %`} ESCAPE '\\'
      OR subject LIKE ${`% ${pattern}`} ESCAPE '\\'`;
  });
  await trx
    .deleteFrom('limit_counts')
    .where(sql<SqlBool>`(${sql.join(named, sql` OR `)})`)
    .execute();
}
