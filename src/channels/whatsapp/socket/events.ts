import type { Receipt } from '../../channel.js';
import type { InboundText } from '../../inbound-text.js';
import type { Close } from '../close-codes.js';
import type { Lock, Quota } from '../stanzas/account.js';

/** What stanzas say for which Baileys has no event, or only a buffered one. */
export type StanzaEvent =
  /** `isOutdated`: WhatsApp accepted the message, but its address is no longer that of the number. */
  | { type: 'ack'; messageId: string; error: number | null; isOutdated: boolean }
  | { type: 'receipt'; receipt: Receipt }
  | { type: 'text'; text: InboundText }
  /** Somebody has written; `at` by WhatsApp's time, Unix ms. At least one of the addresses is known. */
  | { type: 'wrote'; phone: string | null; lid: string | null; at: number }
  /** Somebody's app has given a token: now the number and its LID are known to be one. */
  | { type: 'gave_token'; phone: string; lid: string | null; at: number }
  /** The accounts of these addresses (numbers' JIDs and LIDs) are not what they were. */
  | { type: 'addresses_changed'; jids: string[] };

/** A connection that was released before has ended: what was under way on it is lost. */
interface OldClosed {
  type: 'old_closed';
  close: Close;
}

/** True whichever connection said it, and whatever happens to the sender. */
export type AboutMessages = StanzaEvent | OldClosed;

const ABOUT_MESSAGES: Record<AboutMessages['type'], true> = {
  ack: true,
  receipt: true,
  text: true,
  wrote: true,
  gave_token: true,
  addresses_changed: true,
  old_closed: true,
};

export function isAboutMessages<E extends { type: string }>(event: E): event is Extract<E, AboutMessages> {
  return event.type in ABOUT_MESSAGES;
}

/** What one connection reports, from its creation to its end. */
export type ConnectionEvent =
  | StanzaEvent
  /** A code to scan; none comes once the phone has accepted this device. */
  | { type: 'qr'; qr: string; expiresAt: number }
  /** The phone has accepted this device; WhatsApp will ask for a new connection. */
  | { type: 'paired'; phone: string | null }
  | { type: 'opened'; phone: string | null }
  | { type: 'reach_out_lock'; lock: Lock }
  | { type: 'quota'; quota: Quota }
  | Closed;

/** Exactly once per connection, and nothing after it. */
export interface Closed {
  type: 'closed';
  close: Close;
  /** The session is linked to a phone. */
  isPaired: boolean;
  /** A QR code was offered. */
  wasPairing: boolean;
}

/** Events about opening and closing connections. */
export type LifecycleEvent =
  | ConnectionEvent
  | OldClosed
  /** A connection is being opened. */
  | { type: 'connecting'; isPaired: boolean; phone: string | null }
  /** None could be opened. */
  | { type: 'not_opened'; reason: string }
  | { type: 'session_unreadable'; detail: string };
