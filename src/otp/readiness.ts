import type { Sender, SenderState } from '../channels/sender.js';
import type { Delivery } from '../delivery/index.js';
import { reasonOf, STORE_RETRY_SECONDS, type UnavailableCode } from '../delivery/unavailable.js';

export type ReadinessReport =
  | { ready: true; state: SenderState; note: string | null }
  | { ready: false; state: SenderState; code: UnavailableCode; reason: string; retryAfterSeconds: number };

export interface Readiness {
  /** Whether a code requested now could be delivered, as far as is known at this moment. */
  check(): ReadinessReport;
}

export function createReadiness(deps: {
  sender: Pick<Sender, 'status'>;
  delivery: Pick<Delivery, 'obstacle' | 'storeFailing'>;
}): Readiness {
  const { sender, delivery } = deps;
  return {
    check() {
      const { state } = sender.status();
      const no = (code: UnavailableCode, retryAfterSeconds: number): ReadinessReport => ({
        ready: false,
        state,
        code,
        reason: reasonOf(code),
        retryAfterSeconds,
      });
      const obstacle = delivery.obstacle();
      if (obstacle && obstacle.code !== 'queue_full') return no(obstacle.code, obstacle.retryAfterSeconds);
      if (delivery.storeFailing()) return no('store_unavailable', STORE_RETRY_SECONDS);
      if (obstacle) return no(obstacle.code, obstacle.retryAfterSeconds);
      const note =
        state === 'RESTRICTED'
          ? 'Restricted by WhatsApp: only people who have written to it within a day, or given it a token, are served.'
          : null;
      return { ready: true, state, note };
    },
  };
}
