import type { Store } from '../../../database/schema.js';
import { KNOWN_MS } from '../../http/operator-sessions/device-cookie.js';

/** From where somebody has signed in to the dashboard lately: browsers, and networks. */
export interface KnownOperators {
  /** The first of these that is known, or null. */
  first(clients: readonly string[], now: number): Promise<string | null>;
  note(clients: readonly string[], now: number): Promise<void>;
}

export function createKnownOperators({ store }: { store: Store }): KnownOperators {
  return {
    async first(clients, now) {
      if (clients.length === 0) return null;
      const rows = await store
        .selectFrom('operator_clients')
        .select('client')
        .where('client', 'in', clients)
        .where('signed_in_at', '>', now - KNOWN_MS)
        .execute();
      const known = new Set(rows.map(({ client }) => client));
      return clients.find((client) => known.has(client)) ?? null;
    },

    async note(clients, now) {
      await store
        .insertInto('operator_clients')
        .values(clients.map((client) => ({ client, signed_in_at: now })))
        .onConflict((conflict) => conflict.column('client').doUpdateSet({ signed_in_at: now }))
        .execute();
      await store
        .deleteFrom('operator_clients')
        .where('signed_in_at', '<=', now - KNOWN_MS)
        .execute();
    },
  };
}
