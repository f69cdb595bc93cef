import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { supersedeAmong } from './supersede.js';

/**
 * Returns the number's person, and locks the number until the transaction ends, so that no other transaction reads or
 * changes it in the meantime. To lock both, take the number first, then the person.
 */
export async function holdNumber(trx: Store, phone: string): Promise<string> {
  const { person } = await trx
    .insertInto('numbers')
    .values({ phone, person: phone })
    .onConflict((conflict) =>
      conflict.column('phone').doUpdateSet({ phone: sql.ref<string>('excluded.phone') }),
    )
    .returning('person')
    .executeTakeFirstOrThrow();
  return person;
}

/** Locks the number and its person. Returns all spellings. */
export async function holdPerson(trx: Store, phone: string): Promise<string[]> {
  const person = await holdNumber(trx, phone);
  if (person !== phone) await holdNumber(trx, person);
  return await spellingsIn(trx, person);
}

/** Whose a number is, as WhatsApp told the sender `account`. */
export interface Rename {
  account: string;
  phone: string;
  person: string;
  now: number;
}

/**
 * Gives the number to this person, with everything known and under way: who can be written to under one spelling can be
 * under all, and of the waiting codes the newest counts. Returns the previous person; null: nothing has changed.
 */
export async function renameNumber(
  trx: Store,
  { account, phone, person, now }: Rename,
): Promise<string | null> {
  const before = await holdNumber(trx, phone);
  if (before === person) return null;
  if (person !== phone) await holdNumber(trx, person);
  await trx.updateTable('numbers').set({ person, named_at: now }).where('phone', '=', phone).execute();
  await shareReach(trx, account, person);
  await supersedeAmong(trx, await spellingsIn(trx, person), now);
  return before;
}

export async function spellingsIn(store: Store, person: string): Promise<string[]> {
  const rows = await store.selectFrom('numbers').select('phone').where('person', '=', person).execute();
  return rows.map(({ phone }) => phone);
}

/** What is known of a person under one spelling of the number is known under all of them. */
const SHARED = ['first_accepted_at', 'token_at', 'wrote_at', 'reachable_until'] as const;

export async function shareReach(trx: Store, account: string, person: string): Promise<void> {
  await trx
    .insertInto('recipients')
    .columns(['account', 'recipient', ...SHARED])
    .expression(
      trx
        .selectFrom('numbers as all')
        .innerJoin('numbers as known', 'known.person', 'all.person')
        .innerJoin('recipients', 'recipients.recipient', 'known.phone')
        .where('all.person', '=', person)
        .where('recipients.account', '=', account)
        .where(({ or, eb }) =>
          or([
            eb('recipients.first_accepted_at', 'is not', null),
            eb('recipients.reachable_until', 'is not', null),
          ]),
        )
        .groupBy(['recipients.account', 'all.phone'])
        .select(['recipients.account', 'all.phone'])
        .select(({ fn }) => [
          fn.min('recipients.first_accepted_at').as('first_accepted_at'),
          fn.max('recipients.token_at').as('token_at'),
          fn.max('recipients.wrote_at').as('wrote_at'),
          fn.max('recipients.reachable_until').as('reachable_until'),
        ]),
    )
    .onConflict((conflict) =>
      conflict.columns(['account', 'recipient']).doUpdateSet({
        first_accepted_at: sql`COALESCE(recipients.first_accepted_at, excluded.first_accepted_at)`,
        token_at: sql.ref<number>('excluded.token_at'),
        wrote_at: sql.ref<number>('excluded.wrote_at'),
        reachable_until: sql.ref<number>('excluded.reachable_until'),
      }),
    )
    .execute();
}
