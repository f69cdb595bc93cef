import { isoOrNull } from '../../clock.js';
import type { JobStory, JobView } from '../../delivery/job.js';
import { maskContact } from '../../log.js';
import { timelineOf } from './timeline.js';

/** A job as lists show it: the recipient masked, never a code. */
export function shownJob(job: JobView) {
  return {
    jobId: job.jobId,
    caller: job.caller,
    channel: job.channel,
    phoneNumber: job.phoneNumber && maskContact(job.phoneNumber),
    status: job.status,
    createdAt: isoOrNull(job.createdAt),
    claimedAt: isoOrNull(job.claimedAt),
    sentAt: isoOrNull(job.sentAt),
    deliveredAt: isoOrNull(job.deliveredAt),
    readAt: isoOrNull(job.readAt),
    otp_expires_at: isoOrNull(job.expiresAt),
    attempts: job.attempts,
    error: job.error,
    retry: job.retry,
  };
}

/** A job with its message and all that happened to it. */
export function shownStory(story: JobStory) {
  return {
    ...shownJob(story),
    purpose: story.purpose,
    message: story.message,
    codeId: story.codeId,
    requestId: story.requestId,
    finishedAt: isoOrNull(story.finishedAt),
    failedAttempts: story.events.filter(({ kind }) => kind === 'attempt_failed').length,
    timeline: timelineOf(story),
  };
}
