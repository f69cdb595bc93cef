import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import { sendMarginMs } from '../delivery/margins.js';
import type { Joined, NewJob } from '../delivery/queue/new-job.js';
import { STORE_RETRY_SECONDS, unavailable } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';
import { composeMessage, composeShape, generateCode, withSentence } from './code.js';
import type { ColdBudget } from './cold-budget.js';
import type { KeyedCalls } from './keyed-calls.js';
import type { ServedNumbers } from './served-numbers.js';

export interface CodeOrder {
  /** On whose behalf, in the form of `NewJob.caller`. */
  caller: string;
  /** E.164, or an address in lower case. A phone gets its code over WhatsApp, an address by e-mail. */
  contact: { kind: 'phone' | 'email'; value: string };
  /** A newer code supersedes a waiting one for the same contact and purpose. */
  purpose: string;
  /** Digits. */
  length: number;
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
  /** Refused where a code to somebody who was never written to would be: what is known about the contact must not show. */
  asCold?: boolean;
}

/** What a caller is told about a code. */
export interface CodeAnswer {
  otp: string;
  /** Unix ms. */
  expiresAt: number;
  /** Null: unknown. */
  estimatedDeliverySeconds: number | null;
}

export interface IssuedCode extends CodeAnswer {
  /** 0 for a silent one. */
  jobId: number;
}

/** A code with a place in the queue. It is not stored yet. */
export interface ReservedCode extends Pick<CodeAnswer, 'otp' | 'expiresAt'> {
  /** Joins the caller's transaction, like `Enqueue.enqueueIn`. @param askedBy as `NewJob.askedBy`. */
  enqueueIn(trx: Store, askedBy?: string): Promise<Joined>;
  /** Gives the place back, if the message was not committed. */
  release(): void;
}

/**
 * Both reject with an `AppError`: queue_full, sender_*, sending_paused, channel_paused, cold_budget_used, blocked_prefix,
 * email_unavailable, store_unavailable (503), at a door also phone_not_served (400).
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
}

export function createCodeIssuer(deps: {
  delivery: Pick<Delivery, 'lanes'>;
  clock: Clock;
  messageTemplate: string;
  keyedCalls: KeyedCalls;
  served: ServedNumbers;
  coldBudget: ColdBudget;
}): CodeIssuer {
  const { delivery, clock, messageTemplate, keyedCalls, served, coldBudget } = deps;

  function messageOf({ caller, contact, purpose, length, ttlMs, silent, sentence }: CodeOrder) {
    const template = sentence === undefined ? messageTemplate : withSentence(messageTemplate, sentence);
    const code = generateCode(length);
    return {
      caller,
      purpose,
      recipient: contact.value,
      code,
      text: composeMessage(template, code, ttlMs),
      shape: composeShape(template, length, ttlMs),
      expiresAt: clock.now() + ttlMs,
      silent,
    };
  }

  /** Whoever gets the place releases it. */
  async function make(order: CodeOrder) {
    const { contact, ttlMs, silent, door, asCold = false } = order;
    const lane = laneTo(delivery.lanes, contact);
    if (door && contact.kind === 'phone' && !served.serves(contact.value, lane.channel)) throw notServed();
    const message = messageOf(order);
    const onlyHalf = door === 'sign-up' && (await orStoreUnavailable(keyedCalls.areRecent()));
    const reserved = await orStoreUnavailable(
      lane.reserve(contact.value, { ttlMs, silent, asCold, onlyHalf }),
    );
    const place = await coldBudget
      .countFor(reserved, contact.value, { lane, atDoor: door !== undefined, silent, asCold })
      .catch((error: unknown) => {
        reserved.release();
        throw orStoreFailed(error);
      });
    const answer = {
      otp: message.code,
      expiresAt: message.expiresAt,
      estimatedDeliverySeconds: place.waitMs === null ? null : estimateSeconds(place.waitMs, ttlMs),
    };
    return { message, place, answer };
  }

  return {
    async issue(order, idempotency) {
      keyedCalls.note();
      const { message, place, answer } = await make(order);
      try {
        const stored = await orStoreUnavailable(
          place.enqueue({ ...message, idempotency: idempotency?.(answer) ?? null }),
        );
        if (stored.kind === 'duplicate') {
          throw new AppError(
            'idempotency_key_in_flight',
            'A request with this Idempotency-Key is still in flight.',
          );
        }
        return { ...answer, jobId: stored.kind === 'created' ? stored.jobId : 0 };
      } finally {
        place.release();
      }
    },

    async reserve(order) {
      const { message, place, answer } = await make(order);
      return {
        ...answer,
        enqueueIn: (trx, askedBy) =>
          place.enqueueIn(trx, { ...message, ...(askedBy !== undefined && { askedBy }) }),
        release: place.release,
      };
    },
  };
}

/** The first channel that reaches such a contact. */
export function laneTo(lanes: Delivery['lanes'], { kind }: CodeOrder['contact']) {
  const lane = [...lanes.values()].find(({ channel }) => channel.reaches === kind);
  if (!lane) throw new Error(`There is no channel to a contact of this kind: ${kind}.`);
  return lane;
}

function notServed(): AppError {
  return new AppError('phone_not_served', 'No codes are sent to this phone number.');
}

/** Whole seconds, at least 1, and never beyond the time by which the message has to go out. */
function estimateSeconds(waitMs: number, ttlMs: number): number {
  const latest = Math.floor((ttlMs - sendMarginMs(ttlMs)) / 1000);
  return Math.max(1, Math.min(Math.ceil(waitMs / 1000), latest));
}

/** Any error that is not an `AppError` is a failure of the store. */
export async function orStoreUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw orStoreFailed(error);
  }
}

function orStoreFailed(error: unknown): AppError {
  return error instanceof AppError ? error : unavailable('store_unavailable', STORE_RETRY_SECONDS, error);
}
