import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { supersedeAmong } from './supersede.js';

/**
 * What WhatsApp calls the number. It is held until the transaction ends: nobody else learns or changes meanwhile whose
 * it is. Who holds two of them takes the number first, then what it is called.
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

/** Holds the number and its person. Returns all spellings. */
export async function holdPerson(trx: Store, phone: string): Promise<string[]> {
  const person = await holdNumber(trx, phone);
  if (person !== phone) await holdNumber(trx, person);
  return await spellingsIn(trx, person);
}

/** What WhatsApp calls a number, as its sender `account` was told. */
export interface Rename {
  account: string;
  phone: string;
  person: string;
  now: number;
}

/**
 * From now on the number is this person's, with all that is known and under way: a message to one spelling makes all of
 * them warm, and of the codes that wait the newest counts. Null: it was so already. Returns whose it was.
 */
export async function renameNumber(
  trx: Store,
  { account, phone, person, now }: Rename,
): Promise<string | null> {
  const before = await holdNumber(trx, phone);
  if (before === person) return null;
  if (person !== phone) await holdNumber(trx, person);
  await trx.updateTable('numbers').set({ person, named_at: now }).where('phone', '=', phone).execute();
  await shareWarmth(trx, account, person);
  await supersedeAmong(trx, await spellingsIn(trx, person), now);
  return before;
}

export async function spellingsIn(store: Store, person: string): Promise<string[]> {
  const rows = await store.selectFrom('numbers').select('phone').where('person', '=', person).execute();
  return rows.map(({ phone }) => phone);
}

/** Who was written to under one spelling is known under all of them. */
export async function shareWarmth(trx: Store, account: string, person: string): Promise<void> {
  await trx
    .insertInto('recipients')
    .columns(['account', 'recipient', 'first_accepted_at'])
    .expression(
      trx
        .selectFrom('numbers as all')
        .innerJoin('numbers as known', 'known.person', 'all.person')
        .innerJoin('recipients', 'recipients.recipient', 'known.phone')
        .where('all.person', '=', person)
        .where('recipients.account', '=', account)
        .where('recipients.first_accepted_at', 'is not', null)
        .groupBy(['recipients.account', 'all.phone'])
        .select(['recipients.account', 'all.phone'])
        .select(({ fn }) => fn.min('recipients.first_accepted_at').as('first_accepted_at')),
    )
    .onConflict((conflict) =>
      conflict.columns(['account', 'recipient']).doUpdateSet({
        first_accepted_at: sql`COALESCE(recipients.first_accepted_at, excluded.first_accepted_at)`,
      }),
    )
    .execute();
}
