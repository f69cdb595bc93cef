import type { Store } from '../../database/schema.js';
import type { ChannelName } from '../channels/channel.js';
import type { Clock } from '../clock.js';
import type { Delivery } from '../delivery/index.js';
import { sendMarginMs } from '../delivery/margins.js';
import type { NewJob } from '../delivery/queue/enqueue.js';
import { STORE_RETRY_SECONDS, unavailable } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';
import { composeMessage, composeShape, generateCode } from './code.js';

export interface CodeOrder {
  /** Who asks for it. */
  caller?: string;
  /** E.164, or an address in lower case. A phone gets its code over WhatsApp, an address by e-mail. */
  contact: { kind: 'phone' | 'email'; value: string };
  /** A newer code takes the place of one that still waits for the same contact and purpose. */
  purpose: string;
  /** Digits. */
  length: number;
  ttlMs: number;
  /** Everything but the message is done, in the same time: nobody is to notice that there was none. */
  silent?: boolean;
  /**
   * Stored in the transaction of the job; if it rejects, there is no job either. May run again after a transaction
   * that was rolled back.
   */
  alongside?: (trx: Store, code: string, expiresAt: number) => Promise<void>;
  /** The answer under the caller's idempotency key, stored with the job. */
  idempotency?: (answer: Omit<IssuedCode, 'jobId'>) => NonNullable<NewJob['idempotency']>;
}

export interface IssuedCode {
  otp: string;
  /** 0 for a silent one. */
  jobId: number;
  /** Unix ms. */
  expiresAt: number;
  /** Null: nobody can know. */
  estimatedDeliverySeconds: number | null;
}

export interface CodeIssuer {
  /**
   * Makes a code and queues its message; resolves once both are durable. Rejects with an `AppError`: queue_full,
   * sender_*, sending_paused, email_unavailable, store_unavailable (503), idempotency_key_in_flight, or that of `alongside`.
   */
  issue(order: CodeOrder): Promise<IssuedCode>;
}

const CHANNELS: Record<CodeOrder['contact']['kind'], ChannelName> = { phone: 'whatsapp', email: 'email' };

export function createCodeIssuer(deps: {
  delivery: Pick<Delivery, 'admit' | 'enqueue'>;
  clock: Clock;
  messageTemplate: string;
}): CodeIssuer {
  const { delivery, clock, messageTemplate } = deps;

  return {
    async issue({ caller, contact, purpose, length, ttlMs, silent = false, alongside, idempotency }) {
      const channel = CHANNELS[contact.kind];
      const waitMs = await orStoreUnavailable(delivery.admit(contact.value, { channel, ttlMs, silent }));
      const otp = generateCode(length);
      const answer = {
        otp,
        expiresAt: clock.now() + ttlMs,
        estimatedDeliverySeconds: waitMs === null ? null : estimateSeconds(waitMs, ttlMs),
      };
      const stored = await orStoreUnavailable(
        delivery.enqueue({
          ...(caller && { caller }),
          channel,
          purpose,
          recipient: contact.value,
          code: otp,
          text: composeMessage(messageTemplate, otp, ttlMs),
          shape: composeShape(messageTemplate, length, ttlMs),
          expiresAt: answer.expiresAt,
          idempotency: idempotency?.(answer) ?? null,
          silent,
          ...(alongside && { alongside: (trx) => alongside(trx, otp, answer.expiresAt) }),
        }),
      );
      switch (stored.kind) {
        case 'created':
          return { ...answer, jobId: stored.jobId };
        case 'silent':
          return { ...answer, jobId: 0 };
        case 'refused':
          return await orStoreUnavailable(Promise.reject(stored.cause));
        case 'duplicate':
          throw new AppError(
            'idempotency_key_in_flight',
            'A request with this Idempotency-Key is still in flight.',
          );
      }
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
