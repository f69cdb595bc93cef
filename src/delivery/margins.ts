/** Of a job under way: long enough for every bounded step of a send, short enough that a hung one comes back in time. */
export const LEASE_MS = 60_000;
/** Before a message that met no connection is looked at again. */
export const RECONNECT_PAUSE_MS = 250;

/** How much of a code's life must be left for it to be worth sending: a tenth, 30 s at the most. */
export function sendMarginMs(ttlMs: number): number {
  return Math.min(30_000, ttlMs / 10);
}

/** How long receipts of an earlier connection may take to come in before a message is written again. */
export function receiptGraceMs(ttlMs: number): number {
  return Math.min(3_000, ttlMs / 20);
}

/** How long the worker waits for WhatsApp's ack before it turns to the next job; the first stays under way. */
export function ackPatienceMs(ttlMs: number): number {
  return Math.min(12_000, ttlMs / 10);
}

/** The wait before the n-th next attempt (n from 1): 1 s doubling, at most a tenth of the life. */
export function retryDelayMs(attempts: number, ttlMs: number): number {
  return Math.min(1_000 * 2 ** (attempts - 1), maxRetryDelayMs(ttlMs));
}

export function maxRetryDelayMs(ttlMs: number): number {
  return Math.max(500, ttlMs / 10);
}

/** The longest wait for its turn that a code may be accepted with: four fifths of its life, or all but a minute. */
export function maxAcceptableWaitMs(ttlMs: number): number {
  return ttlMs - Math.min(60_000, ttlMs / 5);
}
