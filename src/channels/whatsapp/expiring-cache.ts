import type { Clock } from '../../clock.js';

/** A bounded map whose entries run out, in the shape that Baileys takes for its caches. */
export interface ExpiringCache {
  get<T>(key: string): T | undefined;
  set<T>(key: string, value: T): void;
  del(key: string): void;
  flushAll(): void;
}

export function createExpiringCache(clock: Clock, ttlMs: number, maxEntries: number): ExpiringCache {
  const entries = new Map<string, { value: unknown; until: number }>();
  return {
    get<T>(key: string) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.until > clock.elapsed()) return entry.value as T;
      entries.delete(key);
      return undefined;
    },
    set(key, value) {
      entries.delete(key);
      const oldest = entries.size >= maxEntries ? entries.keys().next().value : undefined;
      if (oldest !== undefined) entries.delete(oldest);
      entries.set(key, { value, until: clock.elapsed() + ttlMs });
    },
    del: (key) => void entries.delete(key),
    flushAll: () => entries.clear(),
  };
}
