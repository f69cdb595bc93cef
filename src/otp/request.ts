import type { Idempotency } from './idempotency.js';
import { type CodeIssuer, type IssuedCode, orStoreUnavailable } from './issue.js';

export interface CodeRequest {
  /** E.164. */
  recipient: string;
  idempotency: { key: string; scope: string } | null;
}

export interface CodeRequests {
  /**
   * Makes a code and queues its message; resolves once both are durable. Rejects with an `AppError`: queue_full,
   * sender_*, sending_paused, store_unavailable (503), idempotency_key_in_flight (409), idempotency_key_reused (422).
   */
  request(request: CodeRequest): Promise<IssuedCode>;
}

/** The gateway's codes: the caller checks them, so nothing is kept but the message. */
export function createCodeRequests(deps: {
  issuer: CodeIssuer;
  idempotency: Idempotency;
  settings: { length: number; ttlMs: number };
}): CodeRequests {
  const { issuer, idempotency } = deps;
  const { length, ttlMs } = deps.settings;

  return {
    async request({ recipient, idempotency: header }) {
      const contact = { kind: 'phone' as const, value: recipient };
      const order = { contact, purpose: 'gateway', length, ttlMs };
      if (header === null) return await issuer.issue(order);
      const claim = idempotency.claimOf(header, recipient);
      return await orStoreUnavailable(
        idempotency.once(claim, () =>
          issuer.issue({ ...order, idempotency: (answer) => idempotency.seal(claim, answer) }),
        ),
      );
    },
  };
}
