import { isoOrNull } from '../../clock.js';
import { maskContact } from '../../log.js';
import type { CodeStory, CodeView } from '../../otp/operators/codes.js';
import { storyOf } from './verification-story.js';

/** A code as lists show it: the contact masked, never its digits. */
export function shownVerification(code: CodeView) {
  return {
    id: code.id,
    purpose: code.purpose,
    caller: code.caller,
    contact: maskContact(code.contact),
    action: code.action,
    status: code.status,
    proof: code.proof,
    userFirst: code.userFirst,
    locale: code.locale,
    route: code.route,
    nextStepAt: isoOrNull(code.nextStepAt),
    checksLeft: code.checksLeft,
    sends: code.sends,
    createdAt: isoOrNull(code.createdAt),
    expiresAt: isoOrNull(code.expiresAt),
    endedAt: isoOrNull(code.endedAt),
    lastProblem: code.lastProblem,
    isTest: code.isTest,
  };
}

/** The same with every attempt and all that happened. */
export function shownStory(story: CodeStory) {
  return {
    ...shownVerification(story),
    requestId: story.requestId,
    attempts: story.attempts.map(({ at, job, ...attempt }) => ({
      ...attempt,
      at: isoOrNull(at),
      status: job?.status ?? null,
      sentAt: isoOrNull(job?.sentAt ?? null),
      deliveredAt: isoOrNull(job?.deliveredAt ?? null),
      readAt: isoOrNull(job?.readAt ?? null),
      error: job?.error ?? null,
    })),
    link: story.link && {
      madeAt: isoOrNull(story.link.madeAt),
      endsAt: isoOrNull(story.link.endsAt),
      usedAt: isoOrNull(story.link.usedAt),
      burnedAt: isoOrNull(story.link.burnedAt),
      mismatches: story.link.mismatches,
    },
    timeline: storyOf(story),
  };
}
