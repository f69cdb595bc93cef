import type { Store } from '../../database/schema.js';
import type { ChannelName } from '../channels/channel.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import { sendMarginMs } from '../delivery/margins.js';
import type { Joined, NewJob } from '../delivery/queue/new-job.js';
import { STORE_RETRY_SECONDS, unavailable } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';
import { composeMessage, composeShape, generateCode } from './code.js';

export interface CodeOrder {
  /** On whose behalf, as `NewJob.caller` has it. */
  caller: string;
  /** E.164, or an address in lower case. A phone gets its code over WhatsApp, an address by e-mail. */
  contact: { kind: 'phone' | 'email'; value: string };
  /** A newer code takes the place of one that still waits for the same contact and purpose. */
  purpose: string;
  /** Digits. */
  length: number;
  ttlMs: number;
  /** Everything but the message is done, in the same time: nobody is to notice that there was none. */
  silent: boolean;
}

/** What a caller is told about a code. */
export interface CodeAnswer {
  otp: string;
  /** Unix ms. */
  expiresAt: number;
  /** Null: nobody can know. */
  estimatedDeliverySeconds: number | null;
}

export interface IssuedCode extends CodeAnswer {
  /** 0 for a silent one. */
  jobId: number;
}

/** A code with a place in the queue. It is stored nowhere yet. */
export interface ReservedCode extends Pick<CodeAnswer, 'otp' | 'expiresAt'> {
  /** Joins the caller's transaction, as `Enqueue.enqueueIn`. */
  enqueueIn(trx: Store): Promise<Joined>;
  /** Gives the place back, if the message was not committed. */
  release(): void;
}

/** Both reject with an `AppError`: queue_full, sender_*, sending_paused, email_unavailable, store_unavailable (503). */
export interface CodeIssuer {
  /**
   * Makes a code and queues its message; resolves once both are durable. Rejects with idempotency_key_in_flight, too.
   * @param idempotency the answer under the caller's idempotency key, stored with the job.
   */
  issue(
    order: CodeOrder,
    idempotency?: (answer: CodeAnswer) => NonNullable<NewJob['idempotency']>,
  ): Promise<IssuedCode>;
  /** Makes a code that is stored together with what belongs to it. */
  reserve(order: CodeOrder): Promise<ReservedCode>;
}

const CHANNELS: Record<CodeOrder['contact']['kind'], ChannelName> = { phone: 'whatsapp', email: 'email' };

export function createCodeIssuer(deps: {
  delivery: Pick<Delivery, 'admit' | 'drop' | 'enqueue' | 'enqueueIn'>;
  clock: Clock;
  messageTemplate: string;
}): CodeIssuer {
  const { delivery, clock, messageTemplate } = deps;

  async function make({ caller, contact, purpose, length, ttlMs, silent }: CodeOrder) {
    const channel = CHANNELS[contact.kind];
    const waitMs = await orStoreUnavailable(delivery.admit(contact.value, { channel, ttlMs, silent }));
    const otp = generateCode(length);
    const answer = {
      otp,
      expiresAt: clock.now() + ttlMs,
      estimatedDeliverySeconds: waitMs === null ? null : estimateSeconds(waitMs, ttlMs),
    };
    const job = {
      caller,
      channel,
      purpose,
      recipient: contact.value,
      code: otp,
      text: composeMessage(messageTemplate, otp, ttlMs),
      shape: composeShape(messageTemplate, length, ttlMs),
      expiresAt: answer.expiresAt,
      silent,
    };
    return { answer, job };
  }

  return {
    async issue(order, idempotency) {
      const { answer, job } = await make(order);
      const stored = await orStoreUnavailable(
        delivery.enqueue({ ...job, idempotency: idempotency?.(answer) ?? null }),
      );
      if (stored.kind === 'duplicate') {
        throw new AppError(
          'idempotency_key_in_flight',
          'A request with this Idempotency-Key is still in flight.',
        );
      }
      return { ...answer, jobId: stored.kind === 'created' ? stored.jobId : 0 };
    },

    async reserve(order) {
      const { answer, job } = await make(order);
      let isPlaceOurs = true;
      return {
        ...answer,
        async enqueueIn(trx) {
          const joined = await delivery.enqueueIn(trx, job);
          return {
            jobId: joined.jobId,
            committed() {
              isPlaceOurs = false;
              joined.committed();
            },
          };
        },
        release() {
          if (isPlaceOurs) delivery.drop(job.channel);
          isPlaceOurs = false;
        },
      };
    },
  };
}

/** Whole seconds, from 1 on, and never beyond the time in which the message has to go out. */
function estimateSeconds(waitMs: number, ttlMs: number): number {
  const latest = Math.floor((ttlMs - sendMarginMs(ttlMs)) / 1000);
  return Math.max(1, Math.min(Math.ceil(waitMs / 1000), latest));
}

/** Whatever is not ours to say is the store's failure. */
export async function orStoreUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unavailable('store_unavailable', STORE_RETRY_SECONDS, error);
  }
}
