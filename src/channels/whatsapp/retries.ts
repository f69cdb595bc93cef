import { randomInt } from 'node:crypto';

const LONGEST_DELAY_MS = 5 * 60_000;
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

export function createRetries(settings: { initialRetryDelayMs: number; maxRetries: number }): Retries {
  let streak = 0;
  let unopened = 0;
  const codes = new Set<number | null>();
  return {
    failed(code, repeatedAtLeastMs) {
      streak += 1;
      unopened += 1;
      const atLeastMs = codes.has(code) ? repeatedAtLeastMs : 0;
      codes.add(code);
      return Math.max(backoffDelayMs(streak, settings.initialRetryDelayMs), atLeastMs);
    },
    // The first failure is the loss itself; the attempts come after it.
    exhausted: () => unopened > settings.maxRetries,
    opened() {
      unopened = 0;
    },
    reset() {
      streak = 0;
      unopened = 0;
      codes.clear();
    },
  };
}

/** The first retry after `initialMs` exactly, then doubling up to 5 minutes, give or take a fifth. */
export function backoffDelayMs(attempt: number, initialMs: number): number {
  if (attempt <= 1) return initialMs;
  const doubledMs = Math.min(initialMs * 2 ** (attempt - 1), LONGEST_DELAY_MS);
  const percent = randomInt(100 - JITTER_PERCENT, 100 + JITTER_PERCENT + 1);
  return Math.min(Math.round((doubledMs * percent) / 100), LONGEST_DELAY_MS);
}
