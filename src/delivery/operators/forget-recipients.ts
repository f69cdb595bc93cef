import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { GATEWAY, VERIFICATION } from '../job.js';
import { ended, type Jobs, transition } from '../queue/transition.js';
import { unmarkRecipients } from '../search/unmark.js';

/**
 * Their account is deleted: codes of the sign-in contracts are gone, messages that wait end, and all others forget whom they
 * went to. One that is under way is not sent again. What callers with an API key send and verify is their own record.
 * @param recipients every spelling of a number, and addresses.
 */
export async function forgetRecipients(trx: Store, recipients: string[], now: number): Promise<void> {
  if (recipients.length === 0) return;
  // With their links and attempts; in the order in which everybody locks, before the messages.
  await trx
    .deleteFrom('codes')
    .where('contact', 'in', recipients)
    .where('purpose', 'not in', [GATEWAY, VERIFICATION])
    .execute();
  // Written out, as in the index jobs_people.
  const isTheirs = sql<boolean>`(purpose <> ${sql.lit(GATEWAY)} AND purpose <> ${sql.lit(VERIFICATION)}
    AND recipient <> '' AND recipient IN (${sql.join(recipients)}))`;
  const isOpen = (jobs: Jobs) => jobs.where(isTheirs).where('finished_at', 'is', null);
  await transition(trx, isOpen, ended('account_deleted', now));
  const theirs = await trx.selectFrom('jobs').select(['id', 'recipient']).where(isTheirs).execute();
  await trx.updateTable('jobs').set({ recipient: '' }).where(isTheirs).execute();
  const lids = trx.selectFrom('recipients').select('lid').where('recipient', 'in', recipients);
  await trx.deleteFrom('recipients').where('recipient', 'in', lids).execute();
  await trx.deleteFrom('recipients').where('recipient', 'in', recipients).execute();
  await unmarkRecipients(trx, theirs);
}
