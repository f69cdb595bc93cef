import { isoOrNull } from '../clock.js';
import type { Delivery } from './lane/delivery.js';

/** A delivery as JSON, without its body. */
export function shownDelivery(delivery: Delivery) {
  const { id, type, status, attempts, lastAttempt } = delivery;
  return {
    id,
    type,
    at: isoOrNull(delivery.at),
    status,
    attempts,
    nextAttemptAt: isoOrNull(delivery.nextAttemptAt),
    lastAttempt: lastAttempt && { ...lastAttempt, at: isoOrNull(lastAttempt.at) },
  };
}
