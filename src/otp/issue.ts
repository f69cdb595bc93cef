import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { sendMarginMs } from '../delivery/margins.js';
import type { Joined, NewJob } from '../delivery/queue/new-job.js';
import type { Place } from '../delivery/worker/place.js';
import { AppError } from '../errors.js';
import { generateCode } from './code.js';
import type { CodeAnswer, IssuedCode } from './code-answer.js';
import { keyInFlight } from './key-in-flight.js';
import type { KeyedCalls } from './keyed-calls.js';
import { orStoreUnavailable } from './or-store-unavailable.js';
import type { Places } from './places.js';
import { messageOf } from './route/messages.js';
import type { RoutedCode, Wording } from './route/route.js';
import type { RoutedCodes } from './route/routed-codes.js';
import { wantedPlace } from './route/ways.js';

export interface CodeOrder {
  /** On whose behalf, in the form of `NewJob.caller`. */
  caller: string;
  /** E.164, or an address in lower case. */
  contact: { kind: 'phone' | 'email'; value: string };
  /** A newer code supersedes a waiting one for the same contact and purpose. */
  purpose: string;
  /** Digits. */
  length: number;
  /** Instead of a random one: 4 to 10 digits. */
  code?: string | undefined;
  /** The names of the channels, in order; by default `CODE_ROUTE` for phones and e-mail for addresses. */
  route?: readonly string[] | undefined;
  /** BCP 47: in which language the person is spoken to. */
  locale?: string | undefined;
  ttlMs: number;
  /** Do everything except send a message, in the same time, so that its absence goes unnoticed. */
  silent: boolean;
  /** Something else to tell, beside the words of the template. */
  sentence?: string;
  /**
   * Asked for at a door that anybody may open; without it, by a caller with a key. Half of the queue's places are not for
   * sign-ups, whose contacts need not have an account, while callers with a key use the server.
   */
  door?: 'sign-in' | 'sign-up';
  /** Refused where a code to somebody out of reach would be: what is known about the contact must not show. */
  asCold?: boolean;
  /** As `NewJob.requestId`. */
  requestId?: string | undefined;
}

/** A code with a place in the queue. It is not stored yet. */
export interface ReservedCode extends Pick<CodeAnswer, 'otp' | 'expiresAt'> {
  /**
   * Joins the caller's transaction, like `Enqueue.enqueueIn`. Where only the person can begin, by writing first,
   * `committed` throws the refusal of the channels, with `userFirst`: what was stored is kept.
   * @param askedBy as `NewJob.askedBy`.
   */
  enqueueIn(trx: Store, askedBy?: string): Promise<Joined>;
  /** Gives the place back, if the message was not committed. */
  release(): void;
}

/**
 * Both reject with an `AppError`: queue_full, sender_*, sending_paused, channel_paused, cold_budget_used, blocked_prefix,
 * email_unavailable, channel_unavailable, store_unavailable (503); with several channels with the reason of the first when
 * none takes it, at a door also phone_not_served (400).
 */
export interface CodeIssuer {
  /**
   * Creates a code and queues its message; resolves once both are durable. Also rejects with idempotency_key_in_flight.
   * @param idempotency seals the answer under the caller's idempotency key, to be stored with the job.
   */
  issue(
    order: CodeOrder,
    idempotency?: (answer: CodeAnswer) => NonNullable<NewJob['idempotency']>,
  ): Promise<IssuedCode>;
  /** Creates a code that is stored together with what belongs to it. */
  reserve(order: CodeOrder): Promise<ReservedCode>;
  /** The right code came back to this challenge: nothing more goes out for it. In the caller's transaction. */
  answered(trx: Store, askedBy: string): Promise<void>;
}

export function createCodeIssuer(deps: {
  places: Pick<Places, 'reserve'>;
  routed: RoutedCodes;
  clock: Clock;
  wording: Wording;
  keyedCalls: Pick<KeyedCalls, 'note'>;
}): CodeIssuer {
  const { places, routed, clock, wording, keyedCalls } = deps;

  function codeOf(order: CodeOrder): RoutedCode {
    const { contact, ttlMs, door, asCold, requestId } = order;
    const createdAt = clock.now();
    const code: RoutedCode = {
      caller: order.caller,
      purpose: order.purpose,
      contact,
      route: order.route ?? routed.routeTo(contact.kind),
      code: order.code ?? generateCode(order.length),
      locale: order.locale ?? null,
      action: null,
      sentence: order.sentence ?? null,
      createdAt,
      expiresAt: createdAt + ttlMs,
      silent: order.silent,
    };
    // An object in one piece is cheaper than one that is spread together, and every code pays for it.
    if (door !== undefined) code.door = door;
    if (asCold !== undefined) code.asCold = asCold;
    if (requestId !== undefined) code.requestId = requestId;
    return code;
  }

  function answerOf({ code, createdAt, expiresAt }: RoutedCode, waitMs: number | null): CodeAnswer {
    const estimatedDeliverySeconds = waitMs === null ? null : estimateSeconds(waitMs, expiresAt - createdAt);
    return { otp: code, expiresAt, estimatedDeliverySeconds };
  }

  /** A code with one channel is its message, and nothing else. Whoever gets the place releases it. */
  function placeFor(code: RoutedCode, channel: string): Promise<Place> {
    const ttlMs = code.expiresAt - code.createdAt;
    return orStoreUnavailable(places.reserve(wantedPlace(code, channel, ttlMs, false)));
  }

  type Joining = Pick<ReservedCode, 'enqueueIn' | 'release'>;

  function joining({ storeIn, release }: Awaited<ReturnType<RoutedCodes['reserve']>>): Joining {
    return { release, enqueueIn: (trx, askedBy) => storeIn(trx, { askedBy }) };
  }

  async function reserveFor(code: RoutedCode): Promise<Joining> {
    const [channel = '', ...others] = code.route;
    if (others.length > 0) return joining(await orStoreUnavailable(routed.reserve(code)));
    const message = messageOf(code, wording, null);
    const place = await placeFor(code, channel);
    return {
      enqueueIn: (trx, askedBy) =>
        place.enqueueIn(trx, { ...message, ...(askedBy !== undefined && { askedBy }) }),
      release: place.release,
    };
  }

  return {
    async issue(order, idempotency) {
      keyedCalls.note();
      const code = codeOf(order);
      const [channel = '', ...others] = code.route;
      if (others.length > 0) {
        const reserved = await orStoreUnavailable(routed.reserve(code));
        const answer = answerOf(code, reserved.waitMs);
        try {
          const stored = routed.store(reserved, { idempotency: idempotency?.(answer) ?? null });
          return { ...answer, jobId: await orStoreUnavailable(stored) };
        } finally {
          reserved.release();
        }
      }
      const message = messageOf(code, wording, null);
      const place = await placeFor(code, channel);
      const answer = answerOf(code, place.waitMs);
      try {
        const stored = await orStoreUnavailable(
          place.enqueue({ ...message, idempotency: idempotency?.(answer) ?? null }),
        );
        if (stored.kind === 'duplicate') throw keyInFlight();
        return { ...answer, jobId: stored.kind === 'created' ? stored.jobId : 0 };
      } finally {
        place.release();
      }
    },

    async reserve(order) {
      const code = codeOf(order);
      const { code: otp, expiresAt } = code;
      const { enqueueIn, release } = await reserveFor(code).catch((error: unknown) => {
        const asked = error instanceof AppError ? routed.askedFirst(code, error) : null;
        if (!asked) throw error;
        return joining(asked);
      });
      return { otp, expiresAt, enqueueIn, release };
    },

    answered: routed.answered,
  };
}

/** Whole seconds, at least 1, and never beyond the time by which the message has to go out. */
function estimateSeconds(waitMs: number, ttlMs: number): number {
  const latest = Math.floor((ttlMs - sendMarginMs(ttlMs)) / 1000);
  return Math.max(1, Math.min(Math.ceil(waitMs / 1000), latest));
}
