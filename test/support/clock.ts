import type { Clock } from '../../src/clock.js';

export interface TestClock extends Clock {
  /** Moves time on, running what falls due on the way and letting promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Sets the time of day forwards or backwards, as an operator or NTP does: nothing falls due by it. */
  step(ms: number): void;
}

/**
 * A clock that stands still until it is moved.
 * @param settled resolves when everything that time has set going has come to rest.
 */
export function createTestClock(start = Date.parse('2026-01-01T00:00:00Z'), settled = settle): TestClock {
  let elapsed = 0;
  let offset = start;
  let sequence = 0;
  const timers = new Map<number, { at: number; run: () => void }>();

  function nextDue(until: number): number | null {
    let found: number | null = null;
    for (const [id, timer] of timers) {
      const best = found === null ? null : timers.get(found);
      if (timer.at <= until && (!best || timer.at < best.at)) found = id;
    }
    return found;
  }

  return {
    now: () => offset + elapsed,
    elapsed: () => elapsed,
    step(ms) {
      offset += ms;
    },
    after(ms, run) {
      const id = ++sequence;
      timers.set(id, { at: elapsed + Math.max(0, ms), run });
      return { cancel: () => void timers.delete(id) };
    },
    async advance(ms) {
      const until = elapsed + ms;
      await settled();
      for (let id = nextDue(until); id !== null; id = nextDue(until)) {
        const timer = timers.get(id);
        timers.delete(id);
        if (timer) {
          elapsed = Math.max(elapsed, timer.at);
          timer.run();
        }
        await settled();
      }
      elapsed = until;
      await settled();
    },
  };
}

/** Lets everything that is only waiting for the event loop run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
