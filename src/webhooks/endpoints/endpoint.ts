import type { EventType } from '../events.js';

/** An address that is told what happens. Its secret is shown once, when it is made. Times are Unix ms. */
export interface Endpoint {
  /** `wh_` and 22 characters. */
  id: string;
  /** Whose events it hears: `env` (those of contracts and hooks as well) or `key:<id>`. */
  caller: string;
  url: string;
  /** Null: all. */
  events: EventType[] | null;
  /** Numbers and addresses of people are told whole. */
  fullNumbers: boolean;
  createdAt: number;
  /** Until when the secret of before signs beside the present one; null: there is none. */
  formerSecretUntil: number | null;
  /** Nothing is recorded for it or sent to it; null: it is in use. */
  disabled: { at: number; why: DisabledFor } | null;
  /** When the first delivery failed since the last one that arrived; null: none has. */
  failingSince: number | null;
  /** When the last delivery arrived; null: none has. */
  arrivedAt: number | null;
}

/** An operator or its owner wanted so, it answered 410 Gone, or nothing has arrived for days. */
export type DisabledFor = 'operator' | 'gone' | 'failing';

export interface EndpointOrder {
  /** `env` or `key:<id>`. */
  caller: string;
  url: string;
  /** Null: all. */
  events: EventType[] | null;
  fullNumbers: boolean;
}

/** What is left out stays as it is. */
export interface EndpointChange {
  url?: string;
  events?: EventType[] | null;
  fullNumbers?: boolean;
  enabled?: boolean;
}

/** A caller finds only its own; whoever may see all leaves the caller out. */
export interface WhichEndpoint {
  id: string;
  caller?: string;
}

/** All that take a `WhichEndpoint` reject with webhook_not_found. */
export interface Endpoints {
  /**
   * Resolves with the secret (`whsec_` and base64), which cannot be read again. Rejects with fields_invalid (url), and with
   * webhooks_full.
   */
  create(order: EndpointOrder): Promise<{ endpoint: Endpoint; secret: string }>;
  /** The oldest first. @param caller undefined: everybody's. */
  list(caller?: string): Promise<Endpoint[]>;
  find(which: WhichEndpoint): Promise<Endpoint>;
  /** Rejects with fields_invalid (url). One that is enabled again begins anew: its failures of before do not count. */
  change(which: WhichEndpoint, change: EndpointChange): Promise<Endpoint>;
  /** With all that was to be sent to it. */
  remove(which: WhichEndpoint): Promise<void>;
  /** A new secret; the present one signs beside it for 24 hours, one of before no longer. */
  rotate(which: WhichEndpoint): Promise<{ endpoint: Endpoint; secret: string }>;
}
