import { randomInt } from 'node:crypto';
import type { Clock } from '../../clock.js';

/** The random gap between two sends, and how long a cycle of sending takes on average. */
export interface Pace {
  /** Milliseconds until the next send may start; 0 = now. */
  waitMs(): number;
  /** A send has begun; the returned function is called when it is over, with whether a frame may have gone out. */
  begin(): (wrote: boolean) => void;
  /** Mean time from one send to the next while jobs are waiting, measured. */
  cycleMs(): number;
  /** How long `count` cycles take at most: with bad luck (2.5 standard deviations), but never more than the longest gaps. */
  atMostMs(count: number): number;
}

/** How long a send is assumed to take before one was measured. */
const ASSUMED_SEND_MS = 500;
/** The upper bound of a send. */
const MAX_SEND_MS = 60_000;
const WEIGHT_OF_NEWEST = 0.1;
const BAD_LUCK = 2.5;

/** @param random whole milliseconds from min to max, both included. */
export function createPace(deps: {
  clock: Clock;
  minDelayMs: number;
  maxDelayMs: number;
  random?: (min: number, max: number) => number;
}): Pace {
  const { clock, minDelayMs, maxDelayMs, random = uniform } = deps;
  const meanGapMs = (minDelayMs + maxDelayMs) / 2;
  /** Of a uniform distribution. */
  const deviationMs = (maxDelayMs - minDelayMs) / Math.sqrt(12);
  let sendMs = ASSUMED_SEND_MS;
  let nextAt = 0;

  return {
    waitMs() {
      return Math.max(0, nextAt - clock.elapsed());
    },
    begin() {
      const startedAt = clock.elapsed();
      return (wrote) => {
        if (!wrote) return;
        const endedAt = clock.elapsed();
        const tookMs = Math.min(endedAt - startedAt, MAX_SEND_MS);
        sendMs += WEIGHT_OF_NEWEST * (tookMs - sendMs);
        nextAt = endedAt + random(minDelayMs, maxDelayMs);
      };
    },
    cycleMs: () => meanGapMs + Math.max(1, sendMs),
    atMostMs(count) {
      const unlucky = count * meanGapMs + BAD_LUCK * deviationMs * Math.sqrt(count);
      return Math.min(unlucky, count * maxDelayMs) + count * Math.max(1, sendMs);
    },
  };
}

function uniform(min: number, max: number): number {
  return randomInt(min, max + 1);
}
