import type { ChannelFailure, FailureKind } from '../channel.js';
import type { Need } from '../sender.js';

/** How a connection ended. */
export interface Close {
  /** WhatsApp's (or Baileys') code; null when there was none, as after garbage in the handshake. */
  code: number | null;
  /** A few words for the operator, without secrets. */
  reason: string;
  /** Of a temporary ban: when it ends, Unix ms, if WhatsApp said so. */
  banEndsAt: number | null;
}

export type Reaction =
  /** A new socket at once, same session. */
  | { act: 'restart' }
  /** A new socket after the backoff; a second time in a row not before `minRepeatDelayMs`. */
  | { act: 'retry'; minRepeatDelayMs: number }
  /** The session is worthless now: delete it and ask for a new scan. */
  | { act: 'pair_again'; detail: string }
  /** Do nothing until a person acts. */
  | { act: 'stop'; need: Exclude<Need, 'pairing'>; detail: string }
  /** Do nothing until the ban ends. */
  | { act: 'wait_out_ban'; detail: string };

const RETRY: Reaction = { act: 'retry', minRepeatDelayMs: 0 };
const BANNED: Reaction = {
  act: 'stop',
  need: 'banned',
  detail: 'WhatsApp has locked or banned this number. Check WhatsApp on the phone; then reload the session.',
};

/** The reaction to each of WhatsApp's close codes. After any other, the connection is tried again. */
const REACTIONS: Readonly<Record<number, Reaction>> = {
  401: {
    act: 'pair_again',
    detail: 'WhatsApp has logged this device out. Scan the QR code to pair it again.',
  },
  402: { act: 'wait_out_ban', detail: 'WhatsApp has banned this number for some time.' },
  403: BANNED,
  405: {
    act: 'stop',
    need: 'retries_exhausted',
    detail: 'WhatsApp no longer accepts this client version. Set WHATSAPP_VERSION or update, then reload.',
  },
  406: BANNED,
  408: RETRY,
  409: {
    act: 'stop',
    need: 'retries_exhausted',
    detail: 'WhatsApp refuses this client. Update it, then reload the session.',
  },
  411: {
    act: 'stop',
    need: 'retries_exhausted',
    detail: 'WhatsApp no longer recognises this device. Log out and scan a new QR code.',
  },
  428: RETRY,
  // Two programs that both reconnect would throw each other out forever.
  440: {
    act: 'stop',
    need: 'conflict',
    detail: 'Another program has opened this session. Stop it, then reload the session here.',
  },
  500: RETRY,
  503: { act: 'retry', minRepeatDelayMs: 30_000 },
  515: { act: 'restart' },
};

export function reactionTo(code: number | null): Reaction {
  return (code !== null && REACTIONS[code]) || RETRY;
}

/** What such a close means for a message that was under way. */
export function lossBy(code: number | null): { kind: FailureKind; failure: ChannelFailure } {
  if (code === 401) return { kind: 'reject', failure: 'sender_logged_out' };
  if (code === 403 || code === 406) return { kind: 'reject', failure: 'sender_banned' };
  return { kind: 'wait', failure: 'not_connected' };
}
