import type { SocketConfig } from '@whiskeysockets/baileys';
import type { Baileys } from '../baileys/baileys.js';
import type { ExpiringCache } from '../expiring-cache.js';

/**
 * Baileys' Signal repository, with bounds. By default it remembers everybody's addresses for three days, each with a timer
 * that keeps everything the present send had read: about 12 kB per person.
 */
export function boundSignalRepository(
  baileys: Baileys,
  mappings: ExpiringCache,
): SocketConfig['makeSignalRepository'] {
  return (...args) => {
    const repository = baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository(...args);
    const { get, set, flushAll } = mappings;
    // A private field; there is no other way to replace it.
    Object.assign(repository.lidMapping, { mappingCache: { get, set, clear: flushAll } });
    return {
      ...repository,
      async migrateSession(from, to) {
        const done = await repository.migrateSession(from, to);
        // It remembers each migrated device in the same way.
        if (done.migrated > 0) repository.close?.();
        return done;
      },
    };
  };
}
