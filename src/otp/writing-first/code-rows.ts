import type { CodeRow, CodeStatus, Store } from '../../../database/schema.js';
import { ENDED } from '../route/code-rows.js';
import { WRITTEN_ON } from '../written-on.js';

/** What texts change in `codes`, one conditional statement each. */

const DAY_MS = 24 * 60 * 60_000;
/** WhatsApp counts in seconds, and its clock is not ours. */
const EARLIER_MS = 5_000;

/** The person's message is the proof. Also of one that ended meanwhile: the message was sent in time, and came late. */
export async function approveByMessage(trx: Store, id: string, now: number): Promise<boolean> {
  const approved = await trx
    .updateTable('codes')
    .set(ended('approved', now))
    .where('id', '=', id)
    .where('proof', '=', 'message')
    .where('status', 'in', ['pending', 'expired'])
    .where('expires_at', '>', now - DAY_MS)
    .executeTakeFirst();
  return approved.numUpdatedRows === 1n;
}

/**
 * "It was not me": cancels it if it is pending, or was approved by message within a day.
 * @param sentAt what was said before it began is not about it.
 */
export async function refuse(trx: Store, id: string, sentAt: number, now: number): Promise<boolean> {
  const refused = await trx
    .updateTable('codes')
    .set(ended('canceled', now))
    .where('id', '=', id)
    .where('created_at', '<=', sentAt + EARLIER_MS)
    .where((eb) =>
      eb.or([
        eb('status', '=', 'pending'),
        eb.and([
          eb('status', '=', 'approved'),
          eb('proof', '=', 'message'),
          eb('ended_at', '>', now - DAY_MS),
        ]),
      ]),
    )
    .executeTakeFirst();
  return refused.numUpdatedRows === 1n;
}

export async function noteProblem(
  trx: Store,
  id: string,
  problem: 'sender_mismatch' | 'sender_not_proven' | null,
  now: number,
): Promise<void> {
  await trx
    .updateTable('codes')
    .set({ last_problem: problem, changed_at: now })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute();
}

/** Those of these contacts that a refusal can be about. */
export async function refusable(store: Store, contacts: string[], now: number): Promise<CodeRow[]> {
  if (contacts.length === 0) return [];
  return await store
    .selectFrom('codes')
    .selectAll()
    .where('contact', 'in', contacts)
    .where((eb) =>
      eb.or([
        eb('status', '=', 'pending'),
        eb.and([eb('status', '=', 'approved'), eb('proof', '=', 'message')]),
      ]),
    )
    .where('expires_at', '>', now - 2 * DAY_MS)
    .execute();
}

/**
 * The codes that these contacts have to get over WhatsApp, the newest first: pending, and neither sent there nor arrived
 * anywhere.
 */
export async function awaited(store: Store, contacts: string[], now: number): Promise<CodeRow[]> {
  if (contacts.length === 0) return [];
  return await store
    .selectFrom('codes')
    .selectAll()
    .where('contact', 'in', contacts)
    .where('status', '=', 'pending')
    .where('proof', '=', 'code')
    .where('expires_at', '>', now)
    .where('test_until', 'is', null)
    .where('route', 'like', `%"${WRITTEN_ON}"%`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('code_attempts')
            .innerJoin('jobs', 'jobs.id', 'code_attempts.job_id')
            .select('jobs.id')
            .whereRef('code_attempts.code_id', '=', 'codes.id')
            .where((eb) =>
              eb.or([
                eb('jobs.delivered_at', 'is not', null),
                eb.and([
                  eb('code_attempts.channel', '=', WRITTEN_ON),
                  eb('jobs.status', 'in', ['processing', 'sent']),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
}

export async function isAwaited(trx: Store, { id, contact }: CodeRow, now: number): Promise<boolean> {
  return (await awaited(trx, [contact], now)).some((code) => code.id === id);
}

function ended(status: CodeStatus, now: number) {
  return { ...ENDED, status, last_problem: null, ended_at: now, changed_at: now };
}
