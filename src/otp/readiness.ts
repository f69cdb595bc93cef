import type { Sender, SenderState } from '../channels/sender.js';
import type { Delivery } from '../delivery/index.js';
import type { ErrorCode } from '../errors.js';

export type ReadinessReport =
  | { ready: true; state: SenderState; note: string | null }
  | { ready: false; state: SenderState; code: ErrorCode; reason: string; retryAfterSeconds: number };

export interface Readiness {
  /** Whether a code requested now could be delivered, by everything that is known at this moment. */
  check(): ReadinessReport;
}

const SOON_SECONDS = 5;

export function createReadiness(deps: {
  sender: Pick<Sender, 'status'>;
  delivery: Pick<Delivery, 'obstacle' | 'control' | 'storeFailing'>;
}): Readiness {
  const { sender, delivery } = deps;
  return {
    check() {
      const { state, openSince } = sender.status();
      const no = (code: ErrorCode, reason: string, retryAfterSeconds = SOON_SECONDS): ReadinessReport => ({
        ready: false,
        state,
        code,
        reason,
        retryAfterSeconds,
      });
      const obstacle = delivery.obstacle();
      const needsPerson = obstacle !== null && obstacle.code !== 'queue_full';
      if (needsPerson) return no(obstacle.code, obstacle.reason, obstacle.retryAfterSeconds);
      if (delivery.storeFailing())
        return no('store_unavailable', 'The database takes nothing at the moment.');
      if (delivery.control.pausedAt() !== null) return no('paused', 'An operator has paused sending.');
      if (openSince === null) return no('sender_disconnected', 'The connection to WhatsApp is being opened.');
      if (obstacle) return no(obstacle.code, obstacle.reason, obstacle.retryAfterSeconds);
      const note =
        state === 'RESTRICTED'
          ? 'Restricted by WhatsApp: only numbers that were written to before are served.'
          : null;
      return { ready: true, state, note };
    },
  };
}
