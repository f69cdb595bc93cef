import { type ExpressionBuilder, sql } from 'kysely';
import type { ClientSendsRow, Store, Tables } from '../../../database/schema.js';
import { contactKey } from '../contact.js';

/** A number, the person it was thought to belong to, and the person it belongs to. */
export interface Move {
  phone: string;
  before: string;
  person: string;
}

const keyOf = (number: string) => contactKey({ kind: 'phone', value: number });

/** Moves what waits for a code to this number, and what counts against it, to the person that it belongs to. */
export async function moveContact(trx: Store, move: Move): Promise<void> {
  const [from, to] = [keyOf(move.before), keyOf(move.person)];
  await moveChallenges(trx, keyOf(move.phone), from, to);
  await trx
    .updateTable('registrations')
    .set({ contact: to })
    .where('phone', '=', move.phone)
    .where('contact', '=', from)
    .execute();
  // What was counted for several spellings together stays with the remaining ones.
  if (move.before !== move.phone) return;
  await moveSends(trx, from, to);
  await moveFailures(trx, from, to);
}

/** Of two codes of one client for the same use the newer counts, as if it had superseded the older. */
async function moveChallenges(trx: Store, sentTo: string, from: string, to: string): Promise<void> {
  const rival = ({ selectFrom }: ExpressionBuilder<Tables, 'challenges'>, subject: string) =>
    selectFrom('challenges as rival')
      .select('rival.id')
      .where('rival.subject', '=', subject)
      .whereRef('rival.purpose', '=', 'challenges.purpose')
      .whereRef('rival.contract', '=', 'challenges.contract')
      .whereRef('rival.client', '=', 'challenges.client');
  await trx
    .deleteFrom('challenges')
    .where('subject', '=', from)
    .where('contact', '=', sentTo)
    .where((eb) => eb.exists(rival(eb, to).whereRef('rival.created_at', '>', 'challenges.created_at')))
    .execute();
  await trx
    .deleteFrom('challenges')
    .where('subject', '=', to)
    .where((eb) => eb.exists(rival(eb, from).where('rival.contact', '=', sentTo)))
    .execute();
  await trx
    .updateTable('challenges')
    .set({ subject: to })
    .where('subject', '=', from)
    .where('contact', '=', sentTo)
    .execute();
}

/** Keeps the last five of both, for each client. */
async function moveSends(trx: Store, from: string, to: string): Promise<void> {
  const moved = await trx.deleteFrom('client_sends').where('contact', '=', from).returningAll().execute();
  for (const row of moved.sort((a, b) => (a.client < b.client ? -1 : 1))) await mergeSends(trx, row, to);
}

async function mergeSends(trx: Store, moved: ClientSendsRow, to: string): Promise<void> {
  const { client } = moved;
  // Changes nothing, but locks the row: no other code is counted in the meantime.
  const held = await trx
    .updateTable('client_sends')
    .set({ contact: to })
    .where('contact', '=', to)
    .where('client', '=', client)
    .returningAll()
    .executeTakeFirst();
  const both = held ? [moved, held] : [moved];
  const sent = both.flatMap((row) => [row.sent_1, row.sent_2, row.sent_3, row.sent_4, row.sent_5]);
  const [sent_1 = 0, sent_2 = 0, sent_3 = 0, sent_4 = 0, sent_5 = 0] = sent.sort((a, b) => b - a);
  const cooling_since = Math.max(...both.map((row) => row.cooling_since));
  const merged = { cooling_since, sent_1, sent_2, sent_3, sent_4, sent_5 };
  await trx
    .insertInto('client_sends')
    .values({ contact: to, client, ...merged })
    .onConflict((conflict) => conflict.columns(['contact', 'client']).doUpdateSet(merged))
    .execute();
}

async function moveFailures(trx: Store, from: string, to: string): Promise<void> {
  const later = (column: 'blocked_until' | 'failed_at') =>
    sql<number>`CASE WHEN client_failures.${sql.ref(column)} > excluded.${sql.ref(column)}
      THEN client_failures.${sql.ref(column)} ELSE excluded.${sql.ref(column)} END`;
  await trx
    .insertInto('client_failures')
    .columns(['subject', 'client', 'failures', 'blocked_until', 'failed_at'])
    .expression(({ selectFrom, val }) =>
      selectFrom('client_failures as moved')
        .select([sql<string>`CAST(${val(to)} AS TEXT)`.as('subject')])
        .select(['moved.client', 'moved.failures', 'moved.blocked_until', 'moved.failed_at'])
        .where('moved.subject', '=', from),
    )
    .onConflict((conflict) =>
      conflict.columns(['subject', 'client']).doUpdateSet({
        failures: sql`client_failures.failures + excluded.failures`,
        blocked_until: later('blocked_until'),
        failed_at: later('failed_at'),
      }),
    )
    .execute();
  await trx.deleteFrom('client_failures').where('subject', '=', from).execute();
}
