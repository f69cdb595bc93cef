import type { SocketConfig } from '@whiskeysockets/baileys';
import type { Baileys } from '../baileys/baileys.js';
import type { ExpiringCache } from '../expiring-cache.js';

/**
 * Baileys' Signal repository, with bounds. As it is, it remembers everybody's addresses for three days, each with a timer
 * that keeps all that the send at hand had read: some 12 kB a person.
 */
export function boundSignalRepository(
  baileys: Baileys,
  mappings: ExpiringCache,
): SocketConfig['makeSignalRepository'] {
  return (...args) => {
    const repository = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(...args);
    const { get, set, flushAll } = mappings;
    // A private field; there is no other way to it.
    Object.assign(repository.lidMapping, { mappingCache: { get, set, clear: flushAll } });
    return {
      ...repository,
      async migrateSession(from, to) {
        const done = await repository.migrateSession(from, to);
        // It remembers each device that it has moved, in the same way.
        if (done.migrated > 0) repository.close?.();
        return done;
      },
    };
  };
}
