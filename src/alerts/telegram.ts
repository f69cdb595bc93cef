import type { Clock } from '../clock.js';
import { sleep } from '../clock.js';
import type { Log } from '../log.js';

/** Messages to one chat, in order, in the background. */
export interface Telegram {
  /** Plain text. Never waits and never throws; what cannot be delivered in the end is logged and dropped. */
  send(text: string): void;
  /** Gives the request in hand a moment and drops the rest. */
  close(): Promise<void>;
}

export interface TelegramOptions {
  botToken: string;
  chatId: string;
  /** Without a slash at the end. */
  apiBaseUrl: string;
  clock: Clock;
  log: Log;
  fetch?: typeof globalThis.fetch;
}

const MOST_WAITING = 100;
const REQUEST_TIMEOUT_MS = 5_000;
const CLOSING_MS = 2_000;
const MOST_ATTEMPTS = 10;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 5 * 60_000;
/** Of one message, by the Bot API. */
const LONGEST_TEXT = 4_096;

/** What came of one request: delivered, never to be delivered, or worth another attempt after a while. */
type Outcome = { done: true } | { done: false; why: string; retry: boolean; afterMs?: number };

export function createTelegram(options: TelegramOptions): Telegram {
  const { botToken, chatId, apiBaseUrl, clock, log, fetch = globalThis.fetch } = options;
  const waiting: string[] = [];
  const closing = new AbortController();
  let working: Promise<void> | null = null;
  let inHand: AbortController | null = null;

  async function work() {
    while (waiting.length > 0 && !closing.signal.aborted) {
      await deliver(waiting.shift() ?? '');
    }
    working = null;
  }

  async function deliver(text: string) {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      const outcome = await request(text);
      if (outcome.done) return;
      const { why, retry } = outcome;
      if (!retry || attempt === MOST_ATTEMPTS) {
        log.error('a Telegram alert could not be delivered', { why, attempts: attempt });
        return;
      }
      log.warn('Telegram does not take the alert yet', { why, attempt });
      const backoffMs = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
      await sleep(clock, outcome.afterMs ?? backoffMs, closing.signal);
    }
    log.warn('a Telegram alert was dropped at shutdown');
  }

  /** Failures are told by a word of our own: a thrown error may quote the address, and the address holds the token. */
  async function request(text: string): Promise<Outcome> {
    const abort = new AbortController();
    inHand = abort;
    const timer = clock.after(REQUEST_TIMEOUT_MS, () => abort.abort());
    try {
      const response = await fetch(`${apiBaseUrl}/bot${botToken}/sendMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chat_id: chatId, text, link_preview_options: { is_disabled: true } }),
        redirect: 'error',
        signal: abort.signal,
      });
      if (!response.ok) return refusal(response, await response.text());
      // The rest of the answer says nothing more; waiting for it could only turn success into a second alert.
      void response.body?.cancel().catch(() => {});
      return { done: true };
    } catch (error) {
      return { done: false, why: abort.signal.aborted ? 'timeout' : networkFault(error), retry: true };
    } finally {
      timer.cancel();
    }
  }

  return {
    send(text) {
      if (closing.signal.aborted) return;
      if (waiting.length >= MOST_WAITING) {
        waiting.shift();
        log.error('the oldest Telegram alert was dropped: too many are waiting', { waiting: MOST_WAITING });
      }
      waiting.push(text.slice(0, LONGEST_TEXT));
      working ??= work();
    },
    async close() {
      const dropped = waiting.length;
      closing.abort();
      if (dropped > 0) log.warn('Telegram alerts were dropped at shutdown', { dropped });
      await Promise.race([working, sleep(clock, CLOSING_MS)]);
      inHand?.abort();
    },
  };
}

function refusal(response: Response, answer: string): Outcome {
  const why = `HTTP ${response.status}`;
  if (response.status !== 429) return { done: false, why, retry: response.status >= 500 };
  return { done: false, why, retry: true, ...retryAfter(response, answer) };
}

/** The Bot API names the seconds in the body (`parameters.retry_after`), proxies in the header. */
function retryAfter(response: Response, answer: string): { afterMs?: number } {
  const inBody = /"retry_after"\s*:\s*(\d{1,5})/.exec(answer)?.[1];
  const seconds = Number(inBody ?? response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0
    ? { afterMs: Math.max(seconds * 1_000, FIRST_DELAY_MS) }
    : {};
}

function networkFault(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z_]{3,40}$/.test(code) ? code : 'network error';
}
