import { randomInt } from 'node:crypto';

const MAX_DELAY_MS = 5 * 60_000;
/** WhatsApp answers, it only does not keep us: so far below the life of a code, unless it goes on. */
const GENTLE_DELAY_MS = 30_000;
const GENTLE_DROPS = 7;
const JITTER_PERCENT = 20;

/** When to try again after a connection was lost, and when to call for help. */
export interface Retries {
  /** A connection ended or could not be opened. Returns how long to wait. */
  failed(code: number | null, repeatedAtLeastMs: number): number;
  /** More attempts in a row than the operator allows have failed. */
  exhausted(): boolean;
  opened(): void;
  /** The connection has held for a while, or a person asked for a new start. */
  reset(): void;
}

export function createReconnects(settings: { initialRetryDelayMs: number; maxRetries: number }): Retries {
  const { initialRetryDelayMs } = settings;
  let isOpen = false;
  /** Connections that had logged in and did not hold. */
  let drops = 0;
  let unopened = 0;
  const codes = new Set<number | null>();
  return {
    failed(code, repeatedAtLeastMs) {
      if (isOpen) drops += 1;
      isOpen = false;
      unopened += 1;
      const atLeastMs = codes.has(code) ? repeatedAtLeastMs : 0;
      codes.add(code);
      return Math.max(
        backoffDelayMs(unopened, initialRetryDelayMs),
        dropDelayMs(drops, initialRetryDelayMs),
        atLeastMs,
      );
    },
    // The first failure is the loss itself; the attempts come after it.
    exhausted: () => unopened > settings.maxRetries,
    opened() {
      isOpen = true;
      unopened = 0;
    },
    reset() {
      drops = 0;
      unopened = 0;
      codes.clear();
    },
  };
}

/** The first retry after `initialMs` exactly, then doubling up to 5 minutes, give or take a fifth. */
export function backoffDelayMs(attempt: number, initialMs: number): number {
  return growing(attempt, initialMs, 2, MAX_DELAY_MS);
}

/** After connections that had logged in: up to half a minute the first few times, then doubling as well. */
function dropDelayMs(drops: number, initialMs: number): number {
  if (drops <= GENTLE_DROPS) return growing(drops, initialMs, 1.5, GENTLE_DELAY_MS);
  return growing(drops - GENTLE_DROPS + 1, GENTLE_DELAY_MS, 2, MAX_DELAY_MS);
}

function growing(time: number, initialMs: number, factor: number, longestMs: number): number {
  if (time <= 1) return initialMs;
  const grownMs = Math.min(initialMs * factor ** (time - 1), longestMs);
  const percent = randomInt(100 - JITTER_PERCENT, 100 + JITTER_PERCENT + 1);
  return Math.min(Math.round((grownMs * percent) / 100), longestMs);
}
