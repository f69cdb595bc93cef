import type { RawBuilder, SqlBool } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { isOver, lasts } from '../../deadline.js';
import { type ChallengeKey, isUnused, LIFE } from './challenge-rows.js';

export interface Challenge {
  id: string;
  code_id: string;
  contact: string;
  code_hash: string;
  registration: string | null;
}

const MAX_TRIES = 3;
const COLUMNS = ['id', 'code_id', 'contact', 'code_hash', 'registration'] as const;

/** Counts a try before the code is compared. Empty: there is nothing to compare with. */
export function countTry(
  trx: Store,
  key: ChallengeKey,
  isTried: RawBuilder<SqlBool>,
  now: number,
): Promise<Challenge[]> {
  return trx
    .updateTable('challenges')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where(isUnused(key))
    .where(isTried)
    .where('tries', '<', MAX_TRIES)
    .where(lasts(LIFE, now))
    .returning(COLUMNS)
    .execute();
}

/** Codes that may still be used, the newest first. */
export function openChallenges(
  store: Store,
  key: ChallengeKey,
  which: RawBuilder<SqlBool>,
  now: number,
  limit: number,
): Promise<Challenge[]> {
  return store
    .selectFrom('challenges')
    .select(COLUMNS)
    .where(isUnused(key))
    .where(which)
    .where(lasts(LIFE, now))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** True for one caller only. */
export async function consume(trx: Store, key: ChallengeKey, codeId: string, now: number): Promise<boolean> {
  const consumed = await trx
    .updateTable('challenges')
    .set({ consumed_at: now })
    .where(isUnused(key))
    .where('code_id', '=', codeId)
    .executeTakeFirst();
  return consumed.numUpdatedRows === 1n;
}

export async function hasExpired(
  store: Store,
  key: ChallengeKey,
  which: RawBuilder<SqlBool>,
  now: number,
): Promise<boolean> {
  const expired = await store
    .selectFrom('challenges')
    .select('id')
    .where(isUnused(key))
    .where(which)
    .where(isOver(LIFE, now))
    .execute();
  return expired.length > 0;
}
