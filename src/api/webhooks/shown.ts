import { isoOrNull } from '../../clock.js';
import type { Endpoint } from '../../webhooks/index.js';

/** A webhook as JSON, without its secret. */
export function shownWebhook(endpoint: Endpoint) {
  const { id, url, events, fullNumbers, disabled } = endpoint;
  return {
    id,
    url,
    events,
    fullNumbers,
    enabled: disabled === null,
    createdAt: isoOrNull(endpoint.createdAt),
    disabledAt: isoOrNull(disabled?.at ?? null),
    disabledFor: disabled?.why ?? null,
    formerSecretUntil: isoOrNull(endpoint.formerSecretUntil),
    failingSince: isoOrNull(endpoint.failingSince),
    lastArrivedAt: isoOrNull(endpoint.arrivedAt),
  };
}
