import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';

/** Records when and from where a key was last used, once a minute at most, without making requests wait. */
export interface LastUse {
  note(keyId: string, address: string | null): void;
  /** Resolves when nothing is being written. */
  idle(): Promise<void>;
}

const GAP_MS = 60_000;

export function createLastUse(deps: { store: Store; clock: Clock; log: Log }): LastUse {
  const { store, clock, log } = deps;
  const notedAt = new Map<string, number>();
  const writing = new Set<Promise<void>>();

  async function write(keyId: string, address: string | null): Promise<void> {
    const now = clock.now();
    await store
      .updateTable('api_keys')
      .set({ last_used_at: now, last_used_ip: address })
      .where('id', '=', keyId)
      .where((row) =>
        // Another process may have written it; a time in the future comes from a clock that was set back since.
        row.or([
          row('last_used_at', 'is', null),
          row('last_used_at', '<=', now - GAP_MS),
          row('last_used_at', '>', now),
        ]),
      )
      .execute();
  }

  return {
    note(keyId, address) {
      const now = clock.elapsed();
      const before = notedAt.get(keyId);
      if (before !== undefined && now - before < GAP_MS) return;
      notedAt.set(keyId, now);
      const written = write(keyId, address)
        .catch((error: unknown) => log.warn('the last use of a key could not be noted', { keyId, error }))
        .finally(() => writing.delete(written));
      writing.add(written);
    },
    idle: async () => void (await Promise.all(writing)),
  };
}
