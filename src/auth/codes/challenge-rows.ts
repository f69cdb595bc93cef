import { randomUUID } from 'node:crypto';
import { type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { CodeDoor, Store, Tables } from '../../../database/schema.js';
import { isAhead, lasts } from '../../deadline.js';

/** `password`: a new one for whoever is signed in; `reset`: for whoever has forgotten the old one. */
export type Purpose = 'register' | 'login' | 'password' | 'reset';

/** What a code is valid for: this purpose of this subject, through this door, and nothing else. */
export interface ChallengeKey {
  contract: CodeDoor;
  purpose: Purpose;
  /** The account's id; for a registration, or where there is no account, the key of the contact (`ContactKeys.of`). */
  subject: string;
}

/** Whose a challenge is. */
export interface Owner {
  /** There is one challenge for each use and each of these. */
  client: string;
  cookie: string | null;
  network: string;
  registration: string | null;
}

export interface NewChallenge {
  key: ChallengeKey;
  owner: Owner;
  /** SQL: an existing challenge is the owner's. */
  isOwn: RawBuilder<SqlBool>;
  /** Where the code is sent, in the form of `contactKey`. */
  contact: string;
  /** Hashes the code, once it has its id. */
  hash: (codeId: string) => string;
  now: number;
  expiresAt: number;
}

/** How long new codes can keep a second step open after the password. */
const MAX_WAIT_MS = 15 * 60_000;
export const LIFE = { from: 'challenges.created_at', until: 'challenges.expires_at' };
const WAIT = { from: 'challenges.opened_at', ruleMs: MAX_WAIT_MS };

/**
 * The newest code of a client takes over its row, whatever runs at the same time; its older code is gone. Returns the id of
 * the challenge, which stays the same.
 */
export async function putChallenge(trx: Store, wanted: NewChallenge, openedAt?: number): Promise<string> {
  const fresh = freshOf(wanted, openedAt ?? wanted.now);
  const taken = await takeOver(trx, wanted, fresh, isOfUse(wanted.key));
  if (taken !== undefined) return taken;
  const { id } = await trx
    .insertInto('challenges')
    .values({ id: randomUUID(), ...wanted.key, ...wanted.owner, ...fresh })
    .onConflict((conflict) =>
      conflict
        .columns(['subject', 'purpose', 'contract', 'client'])
        .doUpdateSet({ ...fresh, registration: wanted.owner.registration }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Like `putChallenge`, but only while a code is expected. Null: none is, or it took too long. */
export async function renewChallenge(trx: Store, wanted: NewChallenge): Promise<string | null> {
  const { key, now } = wanted;
  const { opened_at: _, ...renewed } = freshOf(wanted, now);
  const own = await takeOver(trx, wanted, renewed, isOpen(key, now));
  if (own !== undefined) return own;
  const open = await trx
    .selectFrom('challenges')
    .select('opened_at')
    .where(isOpen(key, now))
    .orderBy('opened_at')
    .executeTakeFirst();
  return open ? await putChallenge(trx, wanted, open.opened_at) : null;
}

/** Undefined: the client has no such row. */
async function takeOver(
  trx: Store,
  { owner, isOwn }: NewChallenge,
  fresh: Partial<ReturnType<typeof freshOf>>,
  which: Condition,
): Promise<string | undefined> {
  const isOwners = sql<SqlBool>`(challenges.client = ${owner.client} OR challenges.client <> '' AND ${isOwn})`;
  const taken = await trx
    .updateTable('challenges')
    .set({ ...fresh, registration: owner.registration })
    .where(which)
    .where('id', '=', (eb) =>
      eb
        .selectFrom('challenges')
        .select('id')
        .where(which)
        .where(isOwners)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(1),
    )
    .returning('id')
    .executeTakeFirst();
  return taken?.id;
}

function freshOf({ contact, hash, now, expiresAt }: NewChallenge, openedAt: number) {
  const codeId = randomUUID();
  return {
    code_id: codeId,
    contact,
    code_hash: hash(codeId),
    tries: 0,
    opened_at: openedAt,
    created_at: now,
    expires_at: expiresAt,
    consumed_at: null,
  };
}

export async function isWaitedFor(store: Store, key: ChallengeKey, now: number): Promise<boolean> {
  return (await store.selectFrom('challenges').select('id').where(isOpen(key, now)).execute()).length > 0;
}

/** Removes what expired at least `agoMs` ago. Returns how many. */
export async function deleteExpired(store: Store, now: number, agoMs: number): Promise<number> {
  const gone = await store
    .deleteFrom('challenges')
    .where((eb) => eb.or([eb('expires_at', '<=', now - agoMs), isAhead(LIFE, now)]))
    .executeTakeFirst();
  return Number(gone.numDeletedRows);
}

type Condition = (eb: ExpressionBuilder<Tables, 'challenges'>) => ReturnType<typeof eb.and>;

function isOfUse(key: ChallengeKey): Condition {
  return (eb) =>
    eb.and([
      eb('subject', '=', key.subject),
      eb('purpose', '=', key.purpose),
      eb('contract', '=', key.contract),
    ]);
}

export function isUnused(key: ChallengeKey): Condition {
  return (eb) => eb.and([isOfUse(key)(eb), eb('consumed_at', 'is', null)]);
}

function isOpen(key: ChallengeKey, now: number): Condition {
  return (eb) => eb.and([isUnused(key)(eb), lasts(LIFE, now), lasts(WAIT, now)]);
}
