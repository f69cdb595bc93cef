import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { spellingsIn } from '../../delivery/queue/numbers.js';
import { lastByNumber } from './accounts.js';

/** An account that has lost its number, and the one that has it now. */
export interface LostNumber {
  loser: string;
  winner: string;
  deactivated: boolean;
}

/**
 * One account per person: of several accounts whose numbers WhatsApp treats as one, the one that signed in by its number
 * last keeps it, under all spellings (active accounts before deactivated ones, which cannot sign in). The others lose it
 * together with their tokens and pending codes; without a proven address they are deactivated. Accounts are never merged:
 * each has its own password and tokens.
 *
 * An account cannot be knocked out from outside. A number only gets into an account by a code that arrived on the handset
 * of its owner; a registration without its code counts for nothing. Whoever owns both numbers holds that one handset, and
 * could have signed in to either account by a code. And it is WhatsApp that says so, not something that a caller sends.
 *
 * The caller has locked the person (`holdPerson`); repeating the call changes nothing.
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

/** Null: one of the two has changed in the meantime, and nothing is done. Otherwise whether the account is deactivated. */
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
  await trx.deleteFrom('challenges').where('subject', '=', id).execute();
  const fact = { phone, lost_to: winner, at: now };
  await trx
    .insertInto('lost_numbers')
    .values({ user_id: id, ...fact })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(fact))
    .execute();
  return loser.deactivated_at !== null;
}

/** A reactivated account gets its number back if no other account has it by now. The caller has locked the person. */
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
