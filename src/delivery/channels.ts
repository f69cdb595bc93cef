import type { Outlet } from './outlet.js';

/** A channel as it is plugged into the delivery: each has its own lane. */
export interface Channel {
  /** The name in its jobs, which never changes. */
  name: string;
  /** What it reaches: phones by their E.164 number, or e-mail addresses. */
  reaches: 'phone' | 'email';
  /** Each message is paid for. */
  costs: boolean;
  /** The identity that sends: a claim writes it into the job. */
  sender: string;
  outlet: Outlet;
  rules: ChannelRules;
  /** It matters whether a message begins a chat, and whether it arrives: both are kept by recipient. */
  tracksRecipients: boolean;
  /** How many messages it may send; without it, any number. */
  allowance?: Allowance;
  /** For a new message; every resend carries the same one. */
  newMessageId(): string;
}

export interface Allowance {
  /** Counts a message that is about to be stored. Rejects with an `AppError` when there is none left. */
  count(): Promise<{ giveBack(): Promise<void> }>;
}

export interface ChannelRules {
  /** The shortest lifetime of a code; margins and patience are derived from it. */
  ttlMs: number;
  minSendDelayMs: number;
  maxSendDelayMs: number;
  /** After this many counted failures the job is given up. */
  maxAttempts: number;
  /** How often a message whose fate is unknown may be written. */
  maxWrites: number;
  /**
   * The other side cannot tell the same message again from another one: one that may have arrived is not written again,
   * and waits for its receipt. What was refused as a whole counts as not written.
   */
  onceOnly?: true;
}
