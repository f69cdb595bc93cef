import { type SqlBool, sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Use } from '../../limits/index.js';
import { type Asker, isOwnChallenge, isOwnRegistration } from '../clients/asker.js';
import { isKnownClient } from '../clients/known-clients.js';
import type { ChallengeKey } from './challenge-rows.js';

/**
 * What a client has to do with a contact: it has signed in to its account lately, has a registration with it under way,
 * waits for a code to it, or nothing. The limits that all strangers share keep nobody out who is none.
 */
type Standing = 'signed-in' | 'registering' | 'waiting' | 'stranger';

/** @param contacts the keys of the contact (`ContactKeys.all`). */
export async function standingOf(
  store: Store,
  { purpose, subject }: ChallengeKey,
  contacts: string[],
  asker: Asker,
  now: number,
): Promise<Standing> {
  // Only whoever has a token of the account asks for this one.
  if (purpose === 'password') return 'signed-in';
  if (purpose !== 'register' && (await isKnownClient(store, [subject], asker, now))) return 'signed-in';
  if (purpose === 'register' && (await isRegistering(store, [subject, ...contacts], asker, now))) {
    return 'registering';
  }
  return (await isWaiting(store, contacts, asker, now)) ? 'waiting' : 'stranger';
}

async function isRegistering(store: Store, contacts: string[], asker: Asker, now: number): Promise<boolean> {
  const own = await store
    .selectFrom('registrations')
    .select('id')
    .where('contact', 'in', contacts)
    .where(isOwnRegistration(asker))
    .where('verified_at', 'is', null)
    .where('expires_at', '>', now)
    .limit(1)
    .execute();
  return own.length > 0;
}

async function isWaiting(store: Store, contacts: string[], asker: Asker, now: number): Promise<boolean> {
  const open = await store
    .selectFrom('challenges')
    .select('id')
    .where('contact', 'in', contacts)
    .where(isOwnChallenge(asker))
    .where('consumed_at', 'is', null)
    .where(sql<SqlBool>`challenges.expires_at > ${now}`)
    .limit(1)
    .execute();
  return open.length > 0;
}

/** What one more code uses up. @param contact as it is counted. */
export function codeUses(contact: string, { key }: Asker, standing: Standing): Use[] {
  const uses: Use[] = [{ rule: 'client-codes-day', of: `${contact} ${key}` }];
  if (standing === 'stranger') uses.push({ rule: 'stranger-codes', of: contact });
  if (isStranger(standing)) uses.push({ rule: 'stranger-codes-day', of: contact });
  return uses;
}

/** What one more wrong code uses up. @param length of the code. */
export function tryUses(contact: string, { key }: Asker, standing: Standing, length: number): Use[] {
  const digits = length <= 5 ? 5 : 6;
  const uses: Use[] = [{ rule: `client-tries-${digits}`, of: `${contact} ${key}` }];
  if (isStranger(standing)) uses.push({ rule: `stranger-tries-${digits}`, of: contact });
  return uses;
}

/** Whoever waits for a code has only asked for it, as any stranger can. */
function isStranger(standing: Standing): boolean {
  return standing === 'stranger' || standing === 'waiting';
}
