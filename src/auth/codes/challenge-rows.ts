import { randomUUID } from 'node:crypto';
import type { ExpressionBuilder } from 'kysely';
import type { Contract, Store, Tables } from '../../../database/schema.js';
import { isAhead, isOver, lasts } from '../../deadline.js';

export type Purpose = 'register' | 'login';

/** What a code is valid for: this purpose of this subject, through this contract, and nothing else. */
export interface ChallengeKey {
  contract: Contract;
  purpose: Purpose;
  /** The account's id; for a registration, the key of the contact to be proven (`ContactKeys.of`). */
  subject: string;
}

export interface Challenge {
  id: string;
  contact: string;
  code_hash: string;
}

export interface NewChallenge {
  key: ChallengeKey;
  /** Where the code is sent, in the form of `contactKey`. */
  contact: string;
  /** Hashes the code, once the challenge has its id. */
  hash: (id: string) => string;
  now: number;
  expiresAt: number;
}

const MAX_TRIES = 3;
/** How long new codes can keep a second step open after the password. */
const MAX_WAIT_MS = 15 * 60_000;
const LIFE = { from: 'otp_challenges.created_at', until: 'otp_challenges.expires_at' };
const WAIT = { from: 'otp_challenges.opened_at', ruleMs: MAX_WAIT_MS };

/** The newest code takes over the row, whatever runs at the same time; the older code is gone. */
export async function putChallenge(
  trx: Store,
  { key, contact, hash, now, expiresAt }: NewChallenge,
): Promise<void> {
  const id = randomUUID();
  const fresh = {
    id,
    contact,
    code_hash: hash(id),
    tries: 0,
    opened_at: now,
    created_at: now,
    expires_at: expiresAt,
    consumed_at: null,
  };
  await trx
    .insertInto('otp_challenges')
    .values({ ...key, ...fresh })
    .onConflict((conflict) => conflict.columns(['subject', 'purpose', 'contract']).doUpdateSet(fresh))
    .execute();
}

/** Like `putChallenge`, but only while a code is expected. False: none is, or it took too long. */
export async function renewChallenge(
  trx: Store,
  { key, contact, hash, now, expiresAt }: NewChallenge,
): Promise<boolean> {
  const id = randomUUID();
  const renewed = await trx
    .updateTable('otp_challenges')
    .set({ id, contact, code_hash: hash(id), tries: 0, created_at: now, expires_at: expiresAt })
    .where(isOpen(key, now))
    .executeTakeFirst();
  return renewed.numUpdatedRows === 1n;
}

/** Counts a try before the code is compared. Undefined: there is nothing to compare with. */
export function countTry(trx: Store, key: ChallengeKey, now: number): Promise<Challenge | undefined> {
  return trx
    .updateTable('otp_challenges')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where(isUnused(key))
    .where('tries', '<', MAX_TRIES)
    .where(lasts(LIFE, now))
    .returning(['id', 'contact', 'code_hash'])
    .executeTakeFirst();
}

/** True for one caller only. */
export async function consume(trx: Store, key: ChallengeKey, id: string, now: number): Promise<boolean> {
  const consumed = await trx
    .updateTable('otp_challenges')
    .set({ consumed_at: now })
    .where(isUnused(key))
    .where('id', '=', id)
    .executeTakeFirst();
  return consumed.numUpdatedRows === 1n;
}

export async function isWaitedFor(store: Store, key: ChallengeKey, now: number): Promise<boolean> {
  return (await store.selectFrom('otp_challenges').select('id').where(isOpen(key, now)).execute()).length > 0;
}

export async function hasExpired(store: Store, key: ChallengeKey, now: number): Promise<boolean> {
  const expired = await store
    .selectFrom('otp_challenges')
    .select('id')
    .where(isUnused(key))
    .where(isOver(LIFE, now))
    .execute();
  return expired.length > 0;
}

/** Removes what expired at least `agoMs` ago. Returns how many. */
export async function deleteExpired(store: Store, now: number, agoMs: number): Promise<number> {
  const gone = await store
    .deleteFrom('otp_challenges')
    .where((eb) => eb.or([eb('expires_at', '<=', now - agoMs), isAhead(LIFE, now)]))
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}

function isUnused(key: ChallengeKey) {
  return (eb: ExpressionBuilder<Tables, 'otp_challenges'>) =>
    eb.and([
      eb('subject', '=', key.subject),
      eb('purpose', '=', key.purpose),
      eb('contract', '=', key.contract),
      eb('consumed_at', 'is', null),
    ]);
}

function isOpen(key: ChallengeKey, now: number) {
  return (eb: ExpressionBuilder<Tables, 'otp_challenges'>) =>
    eb.and([isUnused(key)(eb), lasts(LIFE, now), lasts(WAIT, now)]);
}
