import type { Clock } from '../../clock.js';

/** An alarm clock for one sleeper. A call that comes while it is awake is kept for the next sleep. */
export interface Wakeup {
  /** Resolves when woken, or after `ms`. */
  wait(ms: number): Promise<void>;
  now(): void;
  /** Wakes at this time, whatever else wakes it before. */
  at(time: number): void;
}

export function createWakeup(clock: Clock): Wakeup {
  let pending = false;
  let wake: (() => void) | null = null;
  const alarms = new Set<number>();

  function now(): void {
    if (wake) wake();
    else pending = true;
  }

  return {
    now,
    wait(ms) {
      if (pending) {
        pending = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = clock.after(ms, () => wake?.());
        wake = () => {
          timer.cancel();
          wake = null;
          resolve();
        };
      });
    },
    at(time) {
      if (alarms.has(time)) return;
      alarms.add(time);
      clock.after(time - clock.now(), () => {
        alarms.delete(time);
        now();
      });
    },
  };
}
