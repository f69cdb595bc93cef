import type { Clock } from '../../clock.js';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  headers: Record<string, string>;
  body: string | null;
}

/** What came of a request to a provider. Never the provider's own words about a network error: they may quote the URL. */
export type HttpAnswer =
  | { kind: 'answered'; status: number; retryAfterMs: number; text: string }
  /** No answer: `written` says whether the request may have reached the other side. */
  | { kind: 'silent'; why: string; written: boolean };

/** Of an answer: nobody needs more to tell a message's number and an error. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Named by Node and undici when nothing of a request can have left: no address, no connection, no TLS. */
const NOT_WRITTEN =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT|UND_ERR_INVALID_ARG|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|\w*_CERT\w*|UNABLE_TO_\w+)$/;

/** One request, with a bound on its time and on what is read of its answer; redirects are not followed. Never rejects. */
export async function callHttp(
  deps: { clock: Clock; fetch?: typeof globalThis.fetch },
  { method, url, headers, body }: HttpRequest,
  timeoutMs: number,
): Promise<HttpAnswer> {
  const { clock, fetch = globalThis.fetch } = deps;
  const abort = new AbortController();
  const timer = clock.after(timeoutMs, () => abort.abort());
  try {
    const response = await fetch(url, { method, headers, body, redirect: 'manual', signal: abort.signal });
    const retryAfterMs = pauseOf(response.headers.get('retry-after'), clock.now());
    // The status is there: whatever happens to the rest, the other side has decided.
    const text = await readSome(response).catch(() => '');
    return { kind: 'answered', status: response.status, retryAfterMs, text };
  } catch (error) {
    if (abort.signal.aborted) {
      return { kind: 'silent', why: `no answer within ${timeoutMs / 1_000} s`, written: true };
    }
    const code = codeOf(error);
    return { kind: 'silent', why: code || 'network error', written: !NOT_WRITTEN.test(code) };
  } finally {
    timer.cancel();
  }
}

/** `Retry-After` (RFC 9110, 10.2.3), in milliseconds: seconds or a date; 0 when it says nothing. */
function pauseOf(header: string | null, now: number): number {
  if (header === null) return 0;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

async function readSome(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader && size < MAX_ANSWER_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    size += value.length;
  }
  void reader?.cancel().catch(() => {});
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
}

/** The system's, OpenSSL's or undici's name for what went wrong. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z][A-Z\d_]{2,50}$/.test(code) ? code : '';
}
