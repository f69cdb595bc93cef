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

/**
 * Asks until there is an answer or the time is up. Asked again is only after 429 and 503 with a Retry-After that ends in
 * time: such a request was refused, not carried out.
 */
export async function ask(connection: Connection, call: Call): Promise<unknown> {
  const { timeoutMs = connection.timeoutMs, signal, idempotencyKey } = call;
  const limit = limitOf(timeoutMs, signal, () => timedOut(timeoutMs, idempotencyKey));
  try {
    for (;;) {
      try {
        return await askOnce(connection, call, limit);
      } catch (failure) {
        if (limit.signal.aborted) throw limit.signal.reason;
        const waitMs = waitOf(failure);
        if (waitMs === null || waitMs >= limit.leftMs()) throw failure;
        await pause(waitMs, limit.signal);
      }
    }
  } finally {
    limit.clear();
  }
}

/** Until the same request makes sense; null: it is not for this client to repeat it. */
function waitOf(failure: unknown): number | null {
  if (!(failure instanceof OtpError) || failure.retryAfterSeconds === null) return null;
  return failure.status === 429 || failure.status === 503 ? failure.retryAfterSeconds * 1_000 : null;
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
    throw new OtpError('network_failed', `There was no answer from ${connection.base}`, {
      cause,
      idempotencyKey,
    });
  }
  if (!response.ok) throw failureOf(response, text, idempotencyKey);
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(response, text, idempotencyKey);
  }
}

function timedOut(ms: number, idempotencyKey: string | undefined): OtpError {
  return new OtpError('timed_out', `There was no answer within ${ms} ms`, { idempotencyKey });
}
