import { isoOrNull } from '../clock.js';
import type { Attempt } from '../otp/route/route.js';

/** One send of a code, as callers see it. */
export function shownAttempt({ jobId, channel, status, sentAt, deliveredAt, readAt, error }: Attempt) {
  return {
    jobId,
    channel,
    status,
    sentAt: isoOrNull(sentAt),
    deliveredAt: isoOrNull(deliveredAt),
    readAt: isoOrNull(readAt),
    error,
  };
}
