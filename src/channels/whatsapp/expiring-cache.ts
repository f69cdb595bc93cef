import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../../clock.js';

/** A bounded map whose entries run out, in the shape that Baileys takes for its caches. */
export interface ExpiringCache {
  /** A copy of what was set. */
  get<T>(key: string): T | undefined;
  set<T>(key: string, value: T): void;
  del(key: string): void;
  flushAll(): void;
  /** What it holds at the moment. */
  bytes(): number;
}

/** How values become text, and values again. */
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
 * Values are kept as text: so their weight is known, and nothing that hangs on them is kept, such as the 8 kB that Node
 * cuts a small buffer from. What has run out goes by itself; beyond `maxBytes` the oldest goes.
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

  // A timer keeps alive whatever is asynchronously around it: bound here, it does not keep the one who sets a value.
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
