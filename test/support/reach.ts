import type { Store } from '../../database/schema.js';

const DAY_MS = 24 * 60 * 60_000;

/** The sender may write to these people for a day, as if they had just written. */
export async function reach(store: Store, now: number, ...recipients: string[]): Promise<void> {
  const within = { wrote_at: now, reachable_until: now + DAY_MS };
  await store
    .insertInto('recipients')
    .values(recipients.map((recipient) => ({ account: 'default', recipient, ...within })))
    .onConflict((conflict) => conflict.columns(['account', 'recipient']).doUpdateSet(within))
    .execute();
}
