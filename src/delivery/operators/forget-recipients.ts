import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { GATEWAY } from '../job.js';
import { ended, type Jobs, transition } from '../queue/transition.js';
import { unmarkRecipients } from '../search/unmark.js';

/**
 * Their account is deleted: messages that wait for them end, and all messages of the sign-in contracts forget whom they
 * went to. One that is under way is not sent again. The jobs of callers with an API key are the callers' own records.
 * @param recipients every spelling of a number, and addresses.
 */
export async function forgetRecipients(trx: Store, recipients: string[], now: number): Promise<void> {
  if (recipients.length === 0) return;
  // Written out, as in the index jobs_people.
  const isTheirs = sql<boolean>`(purpose <> ${sql.lit(GATEWAY)} AND recipient <> ''
    AND recipient IN (${sql.join(recipients)}))`;
  const isOpen = (jobs: Jobs) => jobs.where(isTheirs).where('finished_at', 'is', null);
  await transition(trx, isOpen, ended('account_deleted', now));
  const theirs = await trx.selectFrom('jobs').select(['id', 'recipient']).where(isTheirs).execute();
  await trx.updateTable('jobs').set({ recipient: '' }).where(isTheirs).execute();
  const lids = trx.selectFrom('recipients').select('lid').where('recipient', 'in', recipients);
  await trx.deleteFrom('recipients').where('recipient', 'in', lids).execute();
  await trx.deleteFrom('recipients').where('recipient', 'in', recipients).execute();
  await unmarkRecipients(trx, theirs);
}
