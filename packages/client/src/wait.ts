import { OtpError } from './errors.js';
import type { Verification } from './generated.js';
import { limitOf, pause } from './pause.js';
import { ask, type CallOptions, type Connection } from './request.js';

/** The longest that the gateway holds an answer. */
const HELD_SECONDS = 25;
/** Between two questions, so that a proxy that holds nothing is not asked without end. */
const LEAST_GAP_MS = 500;

export interface WaitOptions extends CallOptions {
  /** How long to wait at most; default: until it ends, which it does by itself. */
  timeoutMs?: number | undefined;
  /** Is called with each answer while it is pending: a message was delivered, a link was offered. */
  onPending?: ((verification: Verification) => void) | undefined;
}

/** Asks with `?wait=`, so that the answer is there as soon as the verification ends. */
export async function waitFor(
  connection: Connection,
  path: string,
  { timeoutMs = Number.POSITIVE_INFINITY, signal, onPending }: WaitOptions = {},
): Promise<Verification> {
  const limit = limitOf(
    timeoutMs,
    signal,
    () => new OtpError('timed_out', `The verification has not ended within ${timeoutMs} ms`),
  );
  try {
    for (;;) {
      const askedAt = performance.now();
      const verification = (await ask(connection, {
        method: 'GET',
        path: `${path}?wait=${HELD_SECONDS}`,
        signal: limit.signal,
        timeoutMs: HELD_SECONDS * 1_000 + connection.timeoutMs,
      })) as Verification;
      if (verification.status !== 'pending') return verification;
      onPending?.(verification);
      await pause(Math.max(0, askedAt + LEAST_GAP_MS - performance.now()), limit.signal);
    }
  } finally {
    limit.clear();
  }
}
