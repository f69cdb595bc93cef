import type { Facts } from './status-board.js';

/** What a process remembers as times of day goes along when the clock is set by `ms`: nothing lasts longer or shorter by it. */
export function movedFacts(facts: Facts, ms: number): Facts {
  const moved = (at: number | null) => (at === null ? null : at + ms);
  const { restrictedUntil } = facts;
  return {
    ...facts,
    since: facts.since + ms,
    qrExpiresAt: moved(facts.qrExpiresAt),
    lostSince: moved(facts.lostSince),
    restrictedSince: moved(facts.restrictedSince),
    restrictedAt: moved(facts.restrictedAt),
    // WhatsApp's own time of day: a clock that is set forward may have been behind it.
    restrictedUntil: restrictedUntil === null ? null : Math.min(restrictedUntil, restrictedUntil + ms),
    nextAttemptAt: moved(facts.nextAttemptAt),
    openSince: moved(facts.openSince),
  };
}
