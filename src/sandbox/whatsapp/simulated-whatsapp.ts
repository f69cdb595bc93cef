import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Accounts } from './accounts.js';
import type { Faults, QueryKind } from './faults.js';
import type { Handset, Message } from './handset/handset.js';
import type { Frame } from './mailroom.js';
import type { Phone } from './phone.js';
import type { TokenSettings } from './policy/tokens.js';

export interface SimulatedWhatsAppOptions {
  log?: Log;
  clock?: Clock;
  /** 0 (the default) lets the system choose. */
  port?: number;
  /** QR references per registration; WhatsApp sends 6. */
  qrRefs?: number;
  /** What `state()` of an earlier run gave. */
  state?: object;
  /** How long a linking device may take to answer; default 10 s. */
  answerTimeoutMs?: number;
}

/** A WhatsApp server on loopback, with the phones around it. Numbers are E.164 with `+`. */
export interface SimulatedWhatsApp extends Accounts {
  /** For `waWebSocketUrl`. */
  url: string;
  port: number;
  /** The phone of a gateway's number: links devices, gets restricted. */
  phone(number: string): Phone;
  /** A recipient's handset, made on first use. */
  handset(number: string): Handset;
  /** Those that were asked for or have received something. */
  handsets(): Handset[];
  /** What the handsets show, oldest first; of one handset with `to`. */
  messages(to?: string): Message[];
  /** Every message stanza from gateways, resends included, oldest first. */
  frames(): Frame[];
  /** How many queries of this kind have come in, answered or not. */
  queries(kind: QueryKind): number;
  /** Called for each message a handset could decrypt, resends included; returns the way to stop listening. */
  onMessage(listener: (message: Message) => void): () => void;
  /** Resolves with the first message that matches, past ones included; rejects after `timeoutMs`. */
  waitForMessage(matches: (message: Message) => boolean, timeoutMs: number): Promise<Message>;
  /** Live connections. */
  connections(): number;
  maxConcurrentConnections(): number;
  /** Successful logins so far. */
  logins(): number;
  /** WebSocket requests so far, refused ones included; `at` is ISO 8601. */
  connectionAttempts(): { at: string }[];
  faults: Faults;
  /** How tokens are given and how long they live; may be changed at any time. */
  tokens: TokenSettings;
  /** Keys, sessions, linked devices, waiting stanzas and messages as an object that survives JSON. */
  state(): object;
  close(): Promise<void>;
}
