import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../clock.js';

/** A bounded map whose entries expire, in the shape that Baileys expects of its caches. */
export interface ExpiringCache {
  /** A copy of what was set. */
  get<T>(key: string): T | undefined;
  set<T>(key: string, value: T): void;
  del(key: string): void;
  flushAll(): void;
  /** Its present size. */
  bytes(): number;
}

/** How values are turned into text and back. */
export interface TextFormat {
  write(value: unknown): string;
  read(text: string, key: string): unknown;
}

const JSON_TEXT: TextFormat = { write: (value) => JSON.stringify(value), read: (text) => JSON.parse(text) };
/** A map entry, its object, and the heads of two strings. */
const ENTRY_BYTES = 150;
const BYTES_PER_CHARACTER = 2;
const SWEEPS_PER_LIFE = 10;

/**
 * Values are kept as text: so their size is known, and nothing that they refer to is kept alive, such as the 8 kB block
 * that Node cuts a small buffer from. Expired entries are removed; beyond `maxBytes` the oldest is.
 */
export function createExpiringCache(
  clock: Clock,
  limits: { ttlMs: number; maxBytes: number },
  format: TextFormat = JSON_TEXT,
): ExpiringCache {
  const { ttlMs, maxBytes } = limits;
  /** The oldest first. */
  const entries = new Map<string, { text: string; setAt: number; bytes: number }>();
  let bytes = 0;
  let isSweeping = false;

  // A timer keeps its asynchronous context alive: bound here, it does not keep the context of whoever sets a value.
  const sweepLater = AsyncResource.bind(() => {
    isSweeping = entries.size > 0;
    if (isSweeping) clock.after(ttlMs / SWEEPS_PER_LIFE, sweep);
  });

  function sweep(): void {
    for (const [key, entry] of entries) {
      if (!isOver(entry)) break;
      remove(key);
    }
    sweepLater();
  }

  function isOver({ setAt }: { setAt: number }): boolean {
    return clock.elapsed() >= setAt + ttlMs;
  }

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  return {
    get<T>(key: string) {
      const entry = entries.get(key);
      return entry && !isOver(entry) ? (format.read(entry.text, key) as T) : undefined;
    },
    set(key, value) {
      remove(key);
      const text = format.write(value);
      const weight = BYTES_PER_CHARACTER * (key.length + text.length) + ENTRY_BYTES;
      if (weight > maxBytes) return;
      entries.set(key, { text, setAt: clock.elapsed(), bytes: weight });
      bytes += weight;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
      if (!isSweeping) sweepLater();
    },
    del: remove,
    flushAll() {
      entries.clear();
      bytes = 0;
    },
    bytes: () => bytes,
  };
}
