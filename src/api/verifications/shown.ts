import { isoOrNull } from '../../clock.js';
import type { Verification } from '../../otp/verifications/verification.js';

/** A verification as its caller sees it: never the code. */
export function shown(verification: Verification) {
  const { id, to, status, channel, route, checksLeft, sendsLeft, pageUrl, userFirst } = verification;
  return {
    id,
    to,
    status,
    channel,
    route,
    createdAt: isoOrNull(verification.createdAt),
    expiresAt: isoOrNull(verification.expiresAt),
    checksLeft,
    sendsLeft,
    canResendAt: isoOrNull(verification.canResendAt),
    nextStepAt: isoOrNull(verification.nextStepAt),
    pageUrl,
    userFirst,
    attempts: verification.attempts.map((attempt) => ({
      jobId: attempt.jobId,
      channel: attempt.channel,
      status: attempt.status,
      sentAt: isoOrNull(attempt.sentAt),
      deliveredAt: isoOrNull(attempt.deliveredAt),
      readAt: isoOrNull(attempt.readAt),
      error: attempt.error,
    })),
    metadata: verification.metadata,
    ...(verification.lastProblem !== null && { lastProblem: verification.lastProblem }),
    ...(verification.returnProof !== null && { returnProof: verification.returnProof }),
    ...(verification.isTest && { test: true }),
  };
}
