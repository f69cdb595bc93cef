import type { SenderState } from '../../database/schema.js';
import type { Receipt, Transport } from './channel.js';

export { SENDER_STATES, type SenderState } from '../../database/schema.js';

export interface SenderStatus {
  state: SenderState;
  /** When the state was entered, Unix ms. */
  since: number;
  /**
   * When the trouble began, Unix ms: nothing can be sent, or nothing to strangers. Attempts to reconnect, reloads and
   * restarts do not end it; null = there is none, or no number has been paired yet.
   */
  troubleSince: number | null;
  /** How many attempts to connect have failed since the connection was lost. */
  failedAttempts: number;
  /** More attempts have failed than the operator allows: an alert was sent. */
  retriesExhausted: boolean;
  /**
   * The next attempt is not expected to succeed: the retries were used up, a person had to act, or an earlier run of the
   * program ended during the outage. Stays true until the connection is open, whatever is tried in the meantime.
   */
  givenUp: boolean;
  /** A sentence for the operator, or null when there is nothing to add. */
  detail: string | null;
  /** The raw QR string while one is valid, else null. A credential. */
  qr: string | null;
  qrExpiresAt: number | null;
  /** The code to type on the phone while a pairing by code is under way. A credential. */
  pairingCode: string | null;
  /** The paired number, E.164, or null. */
  me: string | null;
  /** A session is stored: the number can reconnect by itself. */
  paired: boolean;
  /** Why nothing goes out until a person acts (pairs, reloads, appeals a ban); null: no action is needed. */
  need: Need | null;
  /** WhatsApp lets the number write only to people it is reachable for; known even without a connection. */
  restricted: boolean;
  /** While restricted: until when everybody else gets nothing; null when not restricted or not known. */
  restrictedUntil: number | null;
  /** Why, while restricted. */
  restriction: RestrictionReason | null;
  /** WhatsApp has just refused somebody, and is being asked whether that is a restriction: nobody out of reach is tried. */
  isChecked: boolean;
  /** The tally of new chats that WhatsApp allows, as it was last told; null: it never was. */
  quota: Quota | null;
  /** When a reach-out lock last began, and when the device was linked, Unix ms; null: never, or unknown. */
  lockedAt: number | null;
  linkedAt: number | null;
  /** While disconnected: when the next attempt starts. */
  nextAttemptAt: number | null;
  /** When the live connection opened, or null while there is none. */
  openSince: number | null;
}

/** WhatsApp's reach-out lock (error 463), or its cap on chats with people who have not answered (error 475). */
export type RestrictionReason = 'reach_out_lock' | 'new_chat_cap';

export interface Quota {
  used: number;
  /** Null: any number. */
  total: number | null;
  /** Unix ms; null: WhatsApp did not say. */
  cycleEnd: number | null;
  /** Anything but NONE is a warning. */
  status: string;
}

/** Why a person has to act. */
export type Need =
  | 'pairing'
  | 'logged_out'
  | 'banned'
  | 'conflict'
  | 'session_corrupt'
  /** Retrying was given up. */
  | 'retries_exhausted';

/** What an operator must be told about: it does not pass by itself, or not soon. */
export type TroubleKind = Exclude<Need, 'pairing'> | 'restricted' | 'refused_often';

export interface Trouble {
  kind: TroubleKind;
  /** A sentence for the operator; may be empty. */
  detail: string;
  /** The number it is about, E.164, even when it is no longer paired; null when none ever was. */
  phone: string | null;
  /** When it began, Unix ms. */
  since: number;
}

/** A paired number: the transport, its session and what an operator can do with it. */
export interface Sender extends Transport {
  status(): SenderStatus;
  /** Called on every change of the status; returns a function that stops listening. */
  onStatus(listener: (status: SenderStatus) => void): () => void;
  onReceipt(listener: (receipt: Receipt) => void): () => void;
  /** Called with people (E.164, each in every spelling) whom the number may write to from now on: they have written, or given a token. */
  onReachable(listener: (phones: string[], haveWritten: boolean) => void): () => void;
  /**
   * Looks up a number (E.164) that nothing is being sent to, if the connection is open and the last answer is doubted or
   * older than a minute. Resolves when the answer is stored, or when nothing was asked; never rejects. Asks once a minute
   * per number, and a limited number of questions a minute in total.
   */
  learn(phone: string): Promise<void>;
  /** Reads what the last run left behind; from then on `status()` is accurate. Opens no connection. */
  load(): Promise<void>;
  /** Opens the connection in the background and keeps it open. */
  start(): void;
  /** Drops the connection and opens a new one with the stored session. */
  reload(): Promise<void>;
  /** Unlinks the device at WhatsApp if it can be reached, clears the session and asks for a new scan. */
  logout(): Promise<void>;
  /** Starts a pairing by code for this phone (E.164) and resolves with the code to type on it. */
  requestPairingCode(phone: string): Promise<string>;
  /** An operator is looking: for a while, expired QR codes are replaced at once. */
  attend(): void;
  /** Closes the socket without logging out. */
  stop(): Promise<void>;
}
