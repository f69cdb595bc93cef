import type { Clock } from '../clock.js';
import { UNAVAILABLE_TEXT } from '../delivery/admission.js';
import type { Delivery } from '../delivery/index.js';
import { AppError } from '../errors.js';
import { composeMessage, composeShape, generateCode } from './code.js';
import type { Idempotency } from './idempotency.js';

export interface CodeRequest {
  /** E.164. */
  recipient: string;
  idempotency: { key: string; scope: string } | null;
}

export interface IssuedCode {
  otp: string;
  jobId: number;
  /** Unix ms. */
  expiresAt: number;
  estimatedDeliverySeconds: number;
}

export interface CodeRequests {
  /**
   * Makes a code and queues its message; resolves once both are durable. Rejects with an `AppError`: queue_full,
   * sender_*, store_unavailable (503), idempotency_key_in_flight (409), idempotency_key_reused (422).
   */
  request(request: CodeRequest): Promise<IssuedCode>;
}

const STORE_RETRY_SECONDS = 5;

export function createCodeRequests(deps: {
  delivery: Pick<Delivery, 'admit' | 'enqueue'>;
  idempotency: Idempotency;
  clock: Clock;
  settings: { length: number; ttlMs: number; messageTemplate: string };
}): CodeRequests {
  const { delivery, idempotency, clock, settings } = deps;
  const shape = composeShape(settings.messageTemplate, settings.length, settings.ttlMs);

  async function issue(
    recipient: string,
    claim: ReturnType<Idempotency['claimOf']> | null,
  ): Promise<IssuedCode> {
    const waitMs = await delivery.admit(recipient);
    const otp = generateCode(settings.length);
    const answer = {
      otp,
      expiresAt: clock.now() + settings.ttlMs,
      estimatedDeliverySeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    };
    const stored = await delivery.enqueue({
      purpose: 'gateway',
      recipient,
      code: otp,
      text: composeMessage(settings.messageTemplate, otp, settings.ttlMs),
      shape,
      expiresAt: answer.expiresAt,
      idempotency: claim && idempotency.seal(claim, answer),
    });
    if (stored.kind === 'created') return { ...answer, jobId: stored.jobId };
    throw new AppError(
      'idempotency_key_in_flight',
      'A request with this Idempotency-Key is still in flight.',
    );
  }

  return {
    async request({ recipient, idempotency: header }) {
      try {
        if (header === null) return await issue(recipient, null);
        const claim = idempotency.claimOf(header, recipient);
        return await idempotency.once(claim, () => issue(recipient, claim));
      } catch (error) {
        if (error instanceof AppError) throw error;
        throw new AppError('store_unavailable', UNAVAILABLE_TEXT, {
          cause: error,
          retryAfterSeconds: STORE_RETRY_SECONDS,
        });
      }
    },
  };
}
