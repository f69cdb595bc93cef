import type { Receipt, Transport } from '../channels/channel.js';
import type { UnavailableCode } from './unavailable.js';

/** A channel as its lane sees it: the way out, and when it is open. */
export interface Outlet extends Transport {
  /** Since when messages can be handed over (Unix ms), or null while they cannot. */
  openSince(): number | null;
  /** Why nothing goes out just now, not even to people that were written to before; null = nothing is in the way. */
  closure(): Closure | null;
  /** Only recipients that were written to before get something. */
  warmOnly(): boolean;
  /** When a recipient that was never written to can be written to: the milliseconds, and why not now; null = now. */
  shutOut(recipient: string): Promise<{ leftMs: number; obstacle: Obstacle } | null>;
  /**
   * Until when recipients that were never written to get nothing for certain (Unix ms; infinity: no end was told): what
   * waits for them and cannot go out after it is ended. Null: nobody is shut out.
   */
  shutOutUntil(): number | null;
  /** A code was refused by this outlet: what it may find out for the next try, or tell the operator. */
  refused(recipient: string, obstacle: Obstacle): void;
  /** Called when it may have opened or shut; returns the way to stop listening. */
  onChange(listener: () => void): () => void;
  /** Called with what the other side reports about messages; returns the way to stop listening. */
  onReceipt(listener: (receipt: Receipt) => void): () => void;
}

/** What a caller hears who is refused. */
export interface Obstacle {
  code: UnavailableCode;
  /** Whole seconds, at least one. */
  retryAfterSeconds: number;
  /** For the log alone. */
  detail?: string;
}

/** Nothing goes out of a lane. */
export interface Closure extends Obstacle {
  /** When it may be over, Unix ms; null: nobody can know. */
  mayEndAt: number | null;
  /** It has only begun, for a code that lives so long: the code is accepted if the end is expected in time. */
  isBrief(ttlMs: number): boolean;
}

export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** When a person has to act first, there is no better guess. */
export const PERSON_NEEDED_RETRY_SECONDS = 60;

/** A pause, and an outage after the first attempts, is a blink for this part of a code's life: 10 s of 5 minutes. */
const BRIEF_PART = 1 / 30;

/** Whether something that began at `since` has lasted for less than a part of a code's life. */
export function isYoung(since: number, now: number, ttlMs: number, part = BRIEF_PART): boolean {
  // The clock was set back: nobody knows how long it has lasted.
  if (since > now) return false;
  return now - since < ttlMs * part;
}

/** An operator has paused sending: when it ends is known to nobody. */
export function pauseSince(pausedAt: number, now: number): Closure {
  return {
    code: 'sending_paused',
    retryAfterSeconds: PERSON_NEEDED_RETRY_SECONDS,
    mayEndAt: null,
    isBrief: (ttlMs) => isYoung(pausedAt, now, ttlMs),
  };
}
