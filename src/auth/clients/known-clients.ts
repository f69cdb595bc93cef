import type { Store } from '../../../database/schema.js';
import { type Client, clientKey } from './client.js';

/** A client counts as known to an account for this long after a sign-in. */
const KNOWN_MS = 30 * 24 * 60 * 60_000;

/** It has just signed in. */
export async function noteClient(store: Store, userId: string, client: Client, now: number): Promise<void> {
  await store
    .insertInto('known_clients')
    .values({ user_id: userId, client: clientKey(client), signed_in_at: now })
    .onConflict((conflict) => conflict.columns(['user_id', 'client']).doUpdateSet({ signed_in_at: now }))
    .execute();
}

/** Whether this client has signed in to one of these accounts lately. */
export async function isKnownClient(
  store: Store,
  userIds: readonly string[],
  client: Pick<Client, 'address'>,
  now: number,
): Promise<boolean> {
  const known = await store
    .selectFrom('known_clients')
    .select('user_id')
    // Also where there is no account, so that it costs the same.
    .where('user_id', 'in', userIds.length > 0 ? userIds : [''])
    .where('client', '=', clientKey(client))
    .where('signed_in_at', '>', now - KNOWN_MS)
    .execute();
  return known.length > 0;
}

export async function cleanUpClients(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('known_clients')
    .where('signed_in_at', '<=', now - KNOWN_MS)
    .execute();
}
