import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../clock.js';
import type { Target } from './target.js';

/** What came of a POST. */
export interface PostAnswer {
  /** Null: there was no answer, and `problem` says why. */
  httpStatus: number | null;
  problem: string | null;
  /** How the answer began; null: with nothing. */
  answer: string | null;
  /** `Retry-After` in milliseconds; 0: there was none. */
  retryAfterMs: number;
}

export interface Poster {
  /**
   * One POST, without following redirects. Never rejects. What has not been answered whole within `POST_BOUND_MS` counts
   * as not answered.
   */
  post(target: Target, headers: Record<string, string>, body: string): Promise<PostAnswer>;
  /** Closes connections that are kept for later. */
  close(): void;
}

export const POST_BOUND_MS = 15_000;
const KEPT_ANSWER = 500;
const KEPT_BYTES = 4 * KEPT_ANSWER;
const NO_ANSWER = { httpStatus: null, answer: null, retryAfterMs: 0 };
const USER_AGENT = 'whatsapp-otp-webhooks/1';

export function createPoster({ clock }: { clock: Clock }): Poster {
  const kept = { keepAlive: true, keepAliveMsecs: 1_000, maxFreeSockets: 32 };
  const agents = { 'http:': new http.Agent(kept), 'https:': new https.Agent(kept) };

  function attempt(target: Target, headers: Record<string, string>, body: string): Promise<Attempt> {
    const { url, addresses } = target;
    return new Promise((resolve) => {
      const secure = url.protocol === 'https:';
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          'user-agent': USER_AGENT,
          accept: '*/*',
          ...headers,
        },
        agent: secure ? agents['https:'] : agents['http:'],
        lookup: lookupIn(addresses),
      });
      let seen: http.IncomingMessage | null = null;
      const chunks: Buffer[] = [];
      let size = 0;

      function settle(found: Attempt): void {
        timer.cancel();
        resolve(found);
      }
      function answered(response: http.IncomingMessage): void {
        settle({ answer: answerOf(response, Buffer.concat(chunks), clock.now()), again: false });
      }
      function gaveUp(): void {
        const problem = `No complete answer within ${POST_BOUND_MS / 1_000} seconds.`;
        settle({ answer: { ...NO_ANSWER, problem }, again: false });
        request.destroy();
      }

      const timer = clock.after(POST_BOUND_MS, gaveUp);
      request.on('response', (response) => {
        seen = response;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size < KEPT_BYTES) return;
          answered(response);
          request.destroy();
        });
        response.on('end', () => answered(response));
        response.on('error', () => {
          settle({ answer: { ...NO_ANSWER, problem: 'The answer broke off.' }, again: false });
        });
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The other side had closed a connection that was kept for later.
        const again = request.reusedSocket && seen === null && error.code === 'ECONNRESET';
        settle({ answer: { ...NO_ANSWER, problem: problemOf(error) }, again });
      });
      request.end(body);
    });
  }

  return {
    async post(target, headers, body) {
      const { answer, again } = await attempt(target, headers, body);
      return again ? (await attempt(target, headers, body)).answer : answer;
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

interface Attempt {
  answer: PostAnswer;
  again: boolean;
}

/** What was checked is what is connected to. */
function lookupIn(addresses: Target['addresses']): LookupFunction {
  return (_name, options, done) => {
    if (options.all) return done(null, addresses);
    const [first] = addresses;
    done(null, first?.address ?? '', first?.family);
  };
}

function answerOf(response: http.IncomingMessage, bytes: Buffer, now: number): PostAnswer {
  const httpStatus = response.statusCode ?? null;
  const isSuccess = httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
  const isRedirect = httpStatus !== null && httpStatus >= 300 && httpStatus < 400;
  const text = bytes
    .subarray(0, KEPT_BYTES)
    .toString('utf8')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, KEPT_ANSWER);
  return {
    httpStatus,
    problem: isSuccess ? null : isRedirect ? 'It answered with a redirect.' : `It answered ${httpStatus}.`,
    answer: text === '' ? null : text,
    retryAfterMs: pauseOf(response.headers['retry-after'], now),
  };
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds or a date. */
function pauseOf(header: string | undefined, now: number): number {
  if (header === undefined) return 0;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

/** The system's or OpenSSL's name for what went wrong; the sentences of errors may quote what is sent. */
function problemOf(error: NodeJS.ErrnoException): string {
  const code = /^[A-Z][A-Z\d_]{2,50}$/.test(error.code ?? '') ? error.code : 'network error';
  return `The request could not be made (${code}).`;
}
