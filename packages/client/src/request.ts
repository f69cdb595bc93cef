import { failureOf, unreadable } from './answer.js';
import { OtpError } from './errors.js';
import { type Limit, limitOf, pause } from './pause.js';

export interface Connection {
  /** Ends with a slash. */
  base: string;
  apiKey: string;
  /** For a whole call, with what is tried again. */
  timeoutMs: number;
  fetch: typeof fetch;
}

export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** For this call, all attempts together. */
  timeoutMs?: number | undefined;
}

export interface Call extends CallOptions {
  method: 'GET' | 'POST';
  /** Without a slash at its beginning. */
  path: string;
  body?: object | undefined;
  idempotencyKey?: string | undefined;
}

const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 4_000;
/** After which a request whose connection broke may have been answered. */
const IN_FLIGHT_MS = 1_000;

/**
 * Asks until there is an answer or the time is up. Asked again is only
 * - after 429 and 503 with a Retry-After that ends in time: such a request was refused, not carried out;
 * - after a failure of the network, if the same request twice is one request: GET, or with an idempotency key.
 */
export async function ask(connection: Connection, call: Call): Promise<unknown> {
  const { timeoutMs = connection.timeoutMs, signal } = call;
  const limit = limitOf(timeoutMs, signal, () => timedOut(timeoutMs));
  const isRepeatable = call.method === 'GET' || call.idempotencyKey !== undefined;
  let breaks = 0;
  try {
    for (;;) {
      try {
        return await askOnce(connection, call, limit);
      } catch (failure) {
        if (limit.signal.aborted) throw limit.signal.reason;
        if (!(failure instanceof OtpError)) throw failure;
        let waitMs: number | null = null;
        if (failure.code === 'network_failed' && isRepeatable) {
          waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** breaks++, MAX_BACKOFF_MS);
        } else if (failure.code === 'idempotency_key_in_flight' && breaks > 0) {
          waitMs = IN_FLIGHT_MS;
        } else if (failure.status === 429 || failure.status === 503) {
          waitMs = failure.retryAfterSeconds === null ? null : failure.retryAfterSeconds * 1_000;
        }
        if (waitMs === null || waitMs >= limit.leftMs()) throw failure;
        await pause(waitMs, limit.signal);
      }
    }
  } finally {
    limit.clear();
  }
}

async function askOnce(connection: Connection, call: Call, { signal }: Limit): Promise<unknown> {
  const { method, path, body, idempotencyKey } = call;
  // Outside of what counts as the network: a key with a line break in it is nobody's outage.
  const request = {
    method,
    headers: new Headers({
      'X-API-KEY': connection.apiKey,
      Accept: 'application/json',
      ...(body && { 'Content-Type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
    }),
    ...(body && { body: JSON.stringify(body) }),
  };
  let response: Response;
  let text: string;
  try {
    // Not followed to another address: the key is for this one.
    response = await connection.fetch(`${connection.base}${path}`, {
      ...request,
      redirect: 'manual',
      signal,
    });
    text = await response.text();
  } catch (cause) {
    throw new OtpError('network_failed', `There was no answer from ${connection.base}`, { cause });
  }
  if (!response.ok) throw failureOf(response, text);
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(response, text);
  }
}

function timedOut(ms: number): OtpError {
  return new OtpError('timed_out', `There was no answer within ${ms} ms`);
}
