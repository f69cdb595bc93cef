import type { Clock } from '../clock.js';

/** The result of one request to the Bot API. */
export type Outcome =
  | { kind: 'delivered' }
  /** The group has become a supergroup with a new id. */
  | { kind: 'moved'; chatId: string }
  | Failure;

export interface Failure {
  kind: 'failed';
  /** For the log. */
  why: string;
  /** For an operator: what is wrong, and what helps. */
  reason: string;
  /** Another attempt may succeed. */
  retry: boolean;
  /** How long Telegram asks us to wait. */
  afterMs?: number;
}

const REQUEST_TIMEOUT_MS = 5_000;
const MAX_DESCRIPTION = 150;

/**
 * Sends one text to one chat (Bot API, sendMessage). Never rejects: failures are described in our own words, because a
 * thrown error may quote the URL, which contains the token.
 */
export async function sendMessage(
  deps: { botToken: string; apiBaseUrl: string; clock: Clock; fetch: typeof globalThis.fetch },
  message: { chatId: string; text: string },
  abort: AbortController,
): Promise<Outcome> {
  const timer = deps.clock.after(REQUEST_TIMEOUT_MS, () => abort.abort());
  try {
    const response = await deps.fetch(`${deps.apiBaseUrl}/bot${deps.botToken}/sendMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        chat_id: message.chatId,
        text: message.text,
        link_preview_options: { is_disabled: true },
      }),
      redirect: 'error',
      signal: abort.signal,
    });
    if (!response.ok) return refusal(response, (await response.text()).replaceAll(deps.botToken, '…'));
    // The rest of the answer says nothing more; waiting for it could only turn success into a second alert.
    void response.body?.cancel().catch(() => {});
    return { kind: 'delivered' };
  } catch (error) {
    if (abort.signal.aborted) return failure('timeout', 'Telegram does not answer in time.', true);
    const why = networkFault(error);
    return failure(why, `Telegram cannot be reached (${why}).`, true);
  } finally {
    timer.cancel();
  }
}

interface Answer {
  description?: unknown;
  parameters?: { migrate_to_chat_id?: unknown; retry_after?: unknown };
}

function refusal(response: Response, text: string): Outcome {
  const { description, parameters } = parsed(text);
  const chatId = parameters?.migrate_to_chat_id;
  if (response.status === 400 && /^-?\d{1,20}$/.test(String(chatId))) {
    return { kind: 'moved', chatId: String(chatId) };
  }
  const words = typeof description === 'string' ? description.slice(0, MAX_DESCRIPTION) : '';
  const why = `HTTP ${response.status}${words && `: ${words}`}`;
  if (response.status === 429) {
    const afterMs =
      Number(parameters?.retry_after ?? response.headers.get('retry-after') ?? Number.NaN) * 1_000;
    const told = afterMs >= 0 && Number.isFinite(afterMs) ? { afterMs } : {};
    return { ...failure(why, 'Telegram wants fewer messages (429).', true), ...told };
  }
  return failure(why, reasonOf(response.status, words), response.status >= 500);
}

/** What the Bot API means by its status, and what an operator can do about it. */
function reasonOf(status: number, description: string): string {
  if (status >= 500) return `Telegram does not work at the moment (HTTP ${status}).`;
  if (status === 401 || status === 404) return 'Telegram does not know the bot: check TELEGRAM_BOT_TOKEN.';
  if (status === 403) return 'The bot was removed from the chat, or blocked: let it in again.';
  if (status === 400 && /chat not found/i.test(description)) {
    return 'Telegram knows no such chat: check TELEGRAM_CHAT_ID, and that the bot is in it.';
  }
  return `Telegram refuses the message (HTTP ${status}): check TELEGRAM_CHAT_ID, and what the bot may do there.`;
}

function failure(why: string, reason: string, retry: boolean): Failure {
  return { kind: 'failed', why, reason, retry };
}

function parsed(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

function networkFault(error: unknown): string {
  const cause = error instanceof Error ? error.cause : null;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[A-Z_]{3,40}$/.test(code) ? code : 'network error';
}
