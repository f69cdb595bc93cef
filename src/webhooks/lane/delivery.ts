import type { WhichEndpoint } from '../endpoints/endpoint.js';

/** An event on its way to one endpoint. Never with its body. Times are Unix ms. */
export interface Delivery {
  /** The webhook-id: `msg_` and 22 characters, the same for all endpoints and attempts. */
  id: string;
  /** An `EventType`, or `webhook.test`. */
  type: string;
  /** When it happened. */
  at: number;
  /** `dead`: it is not tried again, unless somebody asks for it. */
  status: 'waiting' | 'arrived' | 'dead';
  attempts: number;
  /** Null: it is not waiting. */
  nextAttemptAt: number | null;
  /** The last one; null: there was none. */
  lastAttempt: Attempt | null;
}

export interface Attempt {
  at: number;
  tookMs: number;
  /** Null: there was no answer, and `problem` says why. */
  httpStatus: number | null;
  /** One sentence; null: it arrived. */
  problem: string | null;
  /** How the answer began, at most 500 characters. */
  answer: string | null;
}

/** All reject with webhook_not_found; `replay` also with delivery_not_found and delivery_not_dead. */
export interface Deliveries {
  /** The newest first, at most 50. @param status undefined: all. */
  list(which: WhichEndpoint, status?: Delivery['status']): Promise<Delivery[]>;
  /** How many there are of each status, as far as they are kept. */
  counts(which: WhichEndpoint): Promise<Record<Delivery['status'], number>>;
  /** Sends a dead one again, under the same id, with all its retries. */
  replay(which: WhichEndpoint, id: string): Promise<Delivery>;
  /** Sends all dead ones again. Resolves with how many. */
  replayAll(which: WhichEndpoint): Promise<number>;
  /**
   * Sends an event of the type `webhook.test`, once, and resolves with what came of it within 15 seconds. Rejects also with
   * rate_limited.
   */
  test(which: WhichEndpoint): Promise<Delivery>;
}
