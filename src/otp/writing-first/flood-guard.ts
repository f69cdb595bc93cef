import type { Clock } from '../../clock.js';
import type { Reading } from './read-text.js';

/** Keeps one person's texts from making work without end. It remembers what it counts in memory only. */
export interface FloodGuard {
  /** Counts a text; false: nothing is done about it, be it read or not. */
  admits(address: string, kind: Reading['kind']): boolean;
}

/** What is looked at per person: texts that say nothing to us, and those that do. */
const CHATTER = { count: 10, periodMs: 60_000 };
const MEANT = { count: 60, periodMs: 600_000 };
/** People who are remembered; the oldest are forgotten first. */
const REMEMBERED = 10_000;

export function createFloodGuard(clock: Pick<Clock, 'elapsed'>): FloodGuard {
  const windows = new Map<string, { beganAt: number; used: number }>();

  return {
    admits(address, kind) {
      const { count, periodMs } = kind === 'other' ? CHATTER : MEANT;
      const key = `${kind === 'other'} ${address}`;
      const now = clock.elapsed();
      const known = windows.get(key);
      const window = known && now - known.beganAt < periodMs ? known : { beganAt: now, used: 0 };
      window.used++;
      windows.delete(key);
      windows.set(key, window);
      const oldest = windows.size > REMEMBERED ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      return window.used <= count;
    },
  };
}
