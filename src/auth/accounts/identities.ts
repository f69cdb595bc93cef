import type { Store } from '../../../database/schema.js';

/** The OpenID providers that each of these accounts signs in with, in the order they were linked. */
export async function issuersOf(store: Store, ids: string[]): Promise<(id: string) => string[]> {
  if (ids.length === 0) return () => [];
  const rows = await store
    .selectFrom('identities')
    .select(['user_id', 'issuer'])
    .where('user_id', 'in', ids)
    .orderBy('created_at')
    .execute();
  return (id) => rows.filter(({ user_id }) => user_id === id).map(({ issuer }) => issuer);
}
