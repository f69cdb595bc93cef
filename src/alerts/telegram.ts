import type { Clock } from '../clock.js';
import { sleep } from '../clock.js';
import type { Log } from '../log.js';
import { type Failure, type Outcome, sendMessage } from './telegram-request.js';

/** Messages to one chat, in order, in the background. */
export interface Telegram {
  /**
   * Sends plain text. Never waits and never throws; what cannot be delivered in the end is logged and dropped.
   * @param onDelivered called when Telegram has accepted it.
   */
  send(text: string, onDelivered?: () => void): void;
  /** Since when alerts do not arrive (Unix ms) and why, for an operator; null = the last one did, or none was due. */
  failing(): AlertsFailing | null;
  /** Gives the current request a moment and drops the rest. */
  close(): Promise<void>;
}

export interface AlertsFailing {
  since: number;
  reason: string;
}

export interface TelegramOptions {
  botToken: string;
  chatId: string;
  /** Without a trailing slash. */
  apiBaseUrl: string;
  clock: Clock;
  log: Log;
  fetch?: typeof globalThis.fetch;
}

const MAX_WAITING = 100;
const CLOSING_MS = 2_000;
/** About a day: an outage that hits WhatsApp often hits Telegram as well, and the alert is still news afterwards. */
const MAX_ATTEMPTS = 300;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5 * 60_000;
/** The Bot API's limit for one message. */
const MAX_TEXT = 4_096;

export function createTelegram(options: TelegramOptions): Telegram {
  const { clock, log, fetch = globalThis.fetch } = options;
  const waiting: Message[] = [];
  const closing = new AbortController();
  let { chatId } = options;
  let working: Promise<void> | null = null;
  let inHand: AbortController | null = null;
  let failing: AlertsFailing | null = null;

  async function work() {
    while (waiting.length > 0 && !closing.signal.aborted) {
      const next = waiting.shift();
      if (next) await deliver(next);
    }
    working = null;
  }

  async function deliver({ text, onDelivered }: Message) {
    for (let attempt = 1; !closing.signal.aborted; attempt++) {
      const outcome = await request(text);
      if (outcome.kind === 'delivered') {
        failing = null;
        onDelivered?.();
        return;
      }
      failing = { since: failing?.since ?? clock.now(), reason: outcome.reason };
      if (!outcome.retry || attempt === MAX_ATTEMPTS) {
        log.error('a Telegram alert could not be delivered', { why: outcome.why, attempts: attempt });
        return;
      }
      log.warn('Telegram does not take the alert yet', { why: outcome.why, attempt });
      await sleep(clock, Math.max(outcome.afterMs ?? backoffMs(attempt), FIRST_DELAY_MS), closing.signal);
    }
    log.warn('a Telegram alert was dropped at shutdown');
  }

  /** A group that has moved is followed once. */
  async function request(text: string): Promise<Exclude<Outcome, { kind: 'moved' }>> {
    const first = await requestTo(chatId, text);
    if (first.kind !== 'moved') return first;
    chatId = first.chatId;
    log.warn('the Telegram group has become a supergroup: set TELEGRAM_CHAT_ID to its new id', { chatId });
    const second = await requestTo(chatId, text);
    return second.kind === 'moved' ? MOVED_AGAIN : second;
  }

  function requestTo(chat: string, text: string): Promise<Outcome> {
    inHand = new AbortController();
    return sendMessage({ ...options, fetch }, { chatId: chat, text }, inHand);
  }

  return {
    failing: () => failing,
    send(text, onDelivered) {
      if (closing.signal.aborted) return;
      if (waiting.length >= MAX_WAITING) {
        waiting.shift();
        log.error('the oldest Telegram alert was dropped: too many are waiting', { waiting: MAX_WAITING });
      }
      waiting.push({ text: text.slice(0, MAX_TEXT), ...(onDelivered && { onDelivered }) });
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

interface Message {
  text: string;
  onDelivered?: () => void;
}

const MOVED_AGAIN: Failure = {
  kind: 'failed',
  why: 'the group moved twice',
  reason: 'The Telegram group has moved: set TELEGRAM_CHAT_ID to its new id.',
  retry: true,
};

function backoffMs(attempt: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
}
