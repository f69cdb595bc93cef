import type { Outlet } from './outlet.js';

/** A way out, as the product is put together: each has a lane of its own. */
export interface Channel {
  /** As its jobs name it, for ever. */
  name: string;
  /** Whom it reaches: phones by their E.164 number, or e-mail addresses. */
  reaches: 'phone' | 'email';
  /** Which identity of the channel sends: a claim writes it into the job. */
  sender: string;
  outlet: Outlet;
  rules: ChannelRules;
  /** It matters who was written to before: whoever has got a message is warm from then on. */
  tracksRecipients: boolean;
  /** For a new message; every resend carries the same one. */
  newMessageId(): string;
}

export interface ChannelRules {
  /** The shortest life of a code; margins and patience follow from it. */
  ttlMs: number;
  minSendDelayMs: number;
  maxSendDelayMs: number;
  /** After so many failed attempts that count the job is given up. */
  maxAttempts: number;
  /** How often a message may be written whose fate is not known. */
  maxWrites: number;
}
