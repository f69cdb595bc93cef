import type { Receipt } from '../../channel.js';
import type { Close } from '../close-codes.js';

/** What stanzas say that cause no event of Baileys, or only a buffered one; true whichever connection brought them. */
export type StanzaEvent =
  /** `isOutdated`: WhatsApp took the message, but its address is no longer that of the number. */
  | { type: 'ack'; messageId: string; error: number | null; isOutdated: boolean }
  | { type: 'receipt'; receipt: Receipt }
  /** The accounts of these addresses (numbers' JIDs and LIDs) are not what they were. */
  | { type: 'addresses_changed'; jids: string[] };

/** What one connection tells, from its making to its end. */
export type ConnectionEvent =
  | StanzaEvent
  /** A code to scan; none comes any more once the phone has accepted this device. */
  | { type: 'qr'; qr: string; expiresAt: number }
  /** The phone has accepted this device; WhatsApp will ask for a new connection. */
  | { type: 'paired'; phone: string | null }
  | { type: 'opened'; phone: string | null }
  | { type: 'reach_out_lock'; isActive: boolean; until: number | null }
  | Closed;

/** Exactly once for each connection, and nothing after it. */
export interface Closed {
  type: 'closed';
  close: Close;
  /** The session is linked to a phone. */
  isPaired: boolean;
  /** A QR code was offered. */
  wasPairing: boolean;
}

/** What is told of opening and closing connections. */
export type LifecycleEvent =
  | ConnectionEvent
  /** A connection is being made. */
  | { type: 'connecting'; isPaired: boolean; phone: string | null }
  /** None could be made. */
  | { type: 'not_opened'; reason: string }
  /** One that was let go of before has ended: what was under way on it is lost. */
  | { type: 'old_closed'; close: Close }
  | { type: 'session_unreadable'; detail: string };
