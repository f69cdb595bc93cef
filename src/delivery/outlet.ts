import type { Receipt, Transport } from '../channels/channel.js';
import type { ColdAllowance } from '../channels/cold-allowance.js';
import type { UnavailableCode } from './unavailable.js';

/** A channel as its lane sees it: how to send, and when that is possible. */
export interface Outlet extends Transport {
  /** Since when messages can be handed over (Unix ms), or null while they cannot. */
  openSince(): number | null;
  /** Why nothing goes out at the moment, not even to people within reach; null = no obstacle. */
  closure(): Closure | null;
  /** Only recipients who are reachable get messages: whoever wrote lately, or has given a token. */
  warmOnly(): boolean;
  /** What keeps a message from this recipient, whoever they are and whatever is known of them; null: nothing. */
  bars?(recipient: string): Obstacle | null;
  /** The recipient is out of reach: a message would begin a chat, and that matters. */
  isCold(recipient: string): Promise<boolean>;
  /** How many messages to people out of reach a day may have; null: that does not matter here. */
  coldAllowance(): ColdAllowance | null;
  /** Message after message to the recipient was accepted, and none has arrived; or they are refused. */
  isSilent(recipient: string): Promise<boolean>;
  /**
   * For a recipient who is out of reach: in how many milliseconds a message is possible, and why not now; null = now.
   * @param asCold whoever it is.
   */
  shutOut(recipient: string, asCold: boolean): Promise<{ leftMs: number; obstacle: Obstacle } | null>;
  /**
   * Until when recipients who are out of reach certainly get nothing (Unix ms; infinity: no end is known): jobs for
   * them that cannot go out after that are ended. Null: no recipient is shut out.
   */
  shutOutUntil(): number | null;
  /** Called when a code was refused because of this outlet, which may then find out more, or tell the operator. */
  refused(recipient: string, obstacle: Obstacle): void;
  /** Called when it may have opened or shut; returns a function that stops listening. */
  onChange(listener: () => void): () => void;
  /** Called with recipients who have come within reach, or have written; returns a function that stops listening. */
  onReachable(listener: (recipients: string[], haveWritten: boolean) => void): () => void;
  /** Called with what the other side reports about messages; returns a function that stops listening. */
  onReceipt(listener: (receipt: Receipt) => void): () => void;
}

/** What a refused caller is told. */
export interface Obstacle {
  code: UnavailableCode;
  /** Whole seconds, at least one. */
  retryAfterSeconds: number;
  /** Only for the log. */
  detail?: string;
}

/** A reason why a lane sends nothing at all. */
export interface Closure extends Obstacle {
  /** When it may be over, Unix ms; null: unknown. */
  mayEndAt: number | null;
  /** It has only just begun, compared with the lifetime of the code, which is accepted if the end is expected in time. */
  isBrief(ttlMs: number): boolean;
}

export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** A guess for when a person has to act first. */
export const PERSON_NEEDED_RETRY_SECONDS = 60;

/** A pause, or an outage after the first attempts, is brief for this part of a code's lifetime: 10 s of 5 minutes. */
const BRIEF_PART = 1 / 30;

/** Whether something that began at `since` has lasted less than this part of a code's lifetime. */
export function isYoung(since: number, now: number, ttlMs: number, part = BRIEF_PART): boolean {
  // The clock was set back: how long it has lasted is unknown.
  if (since > now) return false;
  return now - since < ttlMs * part;
}

/** An operator has paused sending; when that ends is unknown. */
export function pauseSince(pausedAt: number, now: number): Closure {
  return {
    code: 'sending_paused',
    retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS,
    mayEndAt: null,
    isBrief: (ttlMs) => isYoung(pausedAt, now, ttlMs),
  };
}
