import type { Channel } from '../channels/channel.js';
import type { ErrorCode } from '../errors.js';

/** A channel as its lane sees it: the way out, and when it is open. */
export interface Outlet extends Channel {
  /** Since when messages can be handed over (Unix ms), or null while they cannot. */
  openSince(): number | null;
  /** Milliseconds until it may be open again, as far as that is known; 0 = it is open, or nobody knows. */
  opensInMs(): number;
  /** Only recipients that were written to before get something. */
  warmOnly(): boolean;
  /** When a recipient that was never written to can be written to: the milliseconds, and why not now; null = now. */
  shutOut(recipient: string): Promise<{ leftMs: number; obstacle: Obstacle } | null>;
  /** Why nothing can go out before somebody acts; null = nothing is in the way. */
  obstacle(): Obstacle | null;
}

export interface Obstacle {
  code: ErrorCode;
  /** For an operator. */
  reason: string;
  retryAfterSeconds: number;
}

/** When a person has to act first, there is no better guess. */
export const PERSON_NEEDED_RETRY_SECONDS = 60;
