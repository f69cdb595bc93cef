import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { spellingsIn } from '../../delivery/queue/numbers.js';
import { lastByNumber } from './accounts.js';

/** An account that lost its number, and the one that has it now. */
export interface LostNumber {
  loser: string;
  winner: string;
  deactivated: boolean;
}

/**
 * One account for one person: of several whose numbers WhatsApp calls by the same name, the one that signed in last by
 * its number keeps it, under all spellings (an active one goes before one that is deactivated: nobody can sign in to
 * that). The others lose it with their tokens and pending codes, and live on with a proven address or not at all.
 * Accounts are never merged: each has a password and tokens of its own.
 *
 * Nobody can knock out an account from outside. A number comes into an account by a code that arrived on the handset of
 * whoever WhatsApp names for it; a registration without its code counts for nothing. Who is named for both numbers holds
 * the one handset, and could have signed in to either account by a code. And WhatsApp's own answer says so, nothing that
 * a caller sends.
 *
 * The caller holds the person; doing it again changes nothing.
 */
export async function keepOneAccount(trx: Store, person: string, now: number): Promise<LostNumber[]> {
  const [winner, ...others] = await trx
    .selectFrom('users')
    .select(['id', 'phone'])
    .where('phone', 'in', await spellingsIn(trx, person))
    .orderBy(lastByNumber)
    .execute();
  const lost: LostNumber[] = [];
  for (const { id, phone } of others) {
    if (!winner || phone === null) continue;
    const deactivated = await loseNumber(trx, { id, phone }, winner.id, now);
    if (deactivated !== null) lost.push({ loser: id, winner: winner.id, deactivated });
  }
  return lost;
}

/** Null: one of the two has changed meanwhile, and nothing is to be done. Else whether the account is deactivated. */
async function loseNumber(
  trx: Store,
  { id, phone }: { id: string; phone: string },
  winner: string,
  now: number,
): Promise<boolean | null> {
  const loser = await trx
    .updateTable('users')
    .set((eb) => ({
      phone: null,
      phone_used_at: null,
      token_epoch: eb('token_epoch', '+', 1),
      deactivated_at: sql`CASE WHEN email_verified_at IS NULL
        THEN COALESCE(deactivated_at, CAST(${now} AS BIGINT)) ELSE deactivated_at END`,
      updated_at: now,
    }))
    .where('id', '=', id)
    .where('phone', '=', phone)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('users as winner')
          .select('winner.id')
          .where('winner.id', '=', winner)
          .where('winner.phone', 'is not', null),
      ),
    )
    .returning('deactivated_at')
    .executeTakeFirst();
  if (!loser) return null;
  await trx.deleteFrom('otp_challenges').where('subject', '=', id).execute();
  const fact = { phone, lost_to: winner, at: now };
  await trx
    .insertInto('lost_numbers')
    .values({ user_id: id, ...fact })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(fact))
    .execute();
  return loser.deactivated_at !== null;
}

/** An account that is active again gets its number back, if nobody else has it by now. The caller holds the person. */
export async function returnNumber(
  trx: Store,
  id: string,
  { phone, spellings }: { phone: string; spellings: string[] },
  now: number,
): Promise<void> {
  const returned = await trx
    .updateTable('users')
    .set({ phone, phone_used_at: now })
    .where('id', '=', id)
    .where('phone', 'is', null)
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('users as owner').select('owner.id').where('owner.phone', 'in', spellings))),
    )
    .executeTakeFirst();
  if (returned.numUpdatedRows === 0n) return;
  await trx.deleteFrom('lost_numbers').where('user_id', '=', id).execute();
}
