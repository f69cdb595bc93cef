import { leftOf } from '../../../deadline.js';
import type { RestrictionReason } from '../../sender.js';
import type { Lock } from '../stanzas/account.js';
import { inOrder, type Step, setTimer, step } from './effects.js';
import { change, type Facts, type Moment } from './facts.js';
import { allWell, tell } from './troubles.js';

/**
 * What keeps the number from writing to people out of reach: WhatsApp's reach-out lock, or its cap on new chats. People
 * within reach are served all the same.
 */

/** How long a restriction without a stated end is assumed to last. */
const ASSUMED_MS = 24 * 60 * 60_000;
/** The end may come earlier than expected, if the clock is set. */
const CHECK_INTERVAL_MS = 60_000;

interface Restriction {
  reason: RestrictionReason;
  at: number;
  /** What WhatsApp said, Unix ms; null: nothing. */
  until: number | null;
  endsAt: number;
}

/** Of those that were imposed, the one that ends last. */
export function restrictionOf(facts: Facts): Restriction | null {
  return [...imposed(facts)].sort((one, other) => other.endsAt - one.endsAt)[0] ?? null;
}

export function isRestricted(facts: Facts, now: number): boolean {
  return imposed(facts).some(({ endsAt }) => endsAt > now);
}

/** What the status of an open connection shows. */
export function openState(facts: Facts, now: number): Pick<Facts, 'state' | 'detail'> {
  return isRestricted(facts, now)
    ? { state: 'RESTRICTED', detail: detailOf(facts) }
    : { state: 'READY', detail: null };
}

/** @param until when it ends, Unix ms; null when WhatsApp did not say. */
export function impose(before: Facts, reason: RestrictionReason, until: number | null, moment: Moment): Step {
  if (until !== null && until <= moment.now) return step(before);
  const changes: Partial<Facts> =
    reason === 'reach_out_lock'
      ? {
          restrictedAt: moment.now,
          restrictedUntil: until ?? before.restrictedUntil,
          lockedAt: before.restrictedAt === null ? moment.now : before.lockedAt,
        }
      : { cappedAt: moment.now, cappedUntil: until ?? before.cappedUntil };
  const restricted = { ...before, ...changes };
  const shown =
    before.openSince === null ? {} : { state: 'RESTRICTED' as const, detail: detailOf(restricted) };
  return inOrder(
    change(before, { ...changes, ...shown }, moment),
    (facts) => tell(facts, 'restricted', detailOf(facts), moment),
    (facts) => awaitEnd(facts, moment),
  );
}

export function lift(before: Facts, reason: RestrictionReason, moment: Moment): Step {
  if (imposed(before).every((each) => each.reason !== reason)) return step(before);
  const gone: Partial<Facts> =
    reason === 'reach_out_lock'
      ? { restrictedAt: null, restrictedUntil: null }
      : { cappedAt: null, cappedUntil: null };
  const left = { ...before, ...gone };
  if (imposed(left).length > 0) {
    const detail = before.state === 'RESTRICTED' ? detailOf(left) : before.detail;
    return awaitEnd(change(before, { ...gone, detail }, moment), moment);
  }
  const shown = before.state === 'RESTRICTED' ? { state: 'READY' as const, detail: null } : {};
  // Without a connection all is not well yet; opening one will report it.
  const isOver = before.openSince !== null && before.told === 'restricted';
  return inOrder(
    change(before, { ...gone, ...shown }, moment),
    (facts) => (isOver ? allWell(facts) : step(facts)),
    (facts) => step(facts, setTimer('restriction_due', null)),
  );
}

/** Both: they belong to a number, and another one was paired. */
export function liftAll(before: Facts, moment: Moment): Step {
  return inOrder(
    before,
    (facts) => lift(facts, 'reach_out_lock', moment),
    (facts) => lift(facts, 'new_chat_cap', moment),
  );
}

/** Lifts what has come to its end, and otherwise checks again before long. */
export function awaitEnd(before: Facts, moment: Moment): Step {
  const over = imposed(before).filter(({ endsAt }) => endsAt <= moment.now);
  return inOrder(
    before,
    ...over.map(
      ({ reason }) =>
        (facts: Facts) =>
          lift(facts, reason, moment),
    ),
    (facts) => {
      const next = Math.min(...imposed(facts).map(({ endsAt }) => endsAt));
      if (!Number.isFinite(next)) return step(facts);
      return step(facts, setTimer('restriction_due', Math.min(next - moment.now, CHECK_INTERVAL_MS)));
    },
  );
}

/** What an earlier run left behind, perhaps written when the clock was ahead. */
export function resume(before: Facts, moment: Moment): Step {
  const over = imposed(before).filter(({ at, endsAt }) => leftOf(endsAt, endsAt - at, moment.now) === 0);
  return inOrder(
    before,
    ...over.map(
      ({ reason }) =>
        (facts: Facts) =>
          lift(facts, reason, moment),
    ),
    (facts) => awaitEnd(facts, moment),
  );
}

export function locked(facts: Facts, { isActive, until }: Lock, moment: Moment): Step {
  return isActive ? impose(facts, 'reach_out_lock', until, moment) : lift(facts, 'reach_out_lock', moment);
}

function imposed(facts: Facts): Restriction[] {
  const both = [
    { reason: 'reach_out_lock' as const, at: facts.restrictedAt, until: facts.restrictedUntil },
    { reason: 'new_chat_cap' as const, at: facts.cappedAt, until: facts.cappedUntil },
  ];
  return both.flatMap(({ reason, at, until }) =>
    at === null ? [] : [{ reason, at, until, endsAt: until ?? at + ASSUMED_MS }],
  );
}

const WORDS: Record<RestrictionReason, string> = {
  reach_out_lock:
    'WhatsApp lets this number write only to people who have written to it within a day, or given it a token',
  new_chat_cap:
    'WhatsApp lets this number begin no more chats; people who have written to it within a day, or given it a token, get theirs',
};

function detailOf(facts: Facts): string {
  const { reason, until } = restrictionOf(facts) ?? { reason: 'reach_out_lock', until: null };
  const end = until === null ? 'WhatsApp did not say until when' : `until ${new Date(until).toISOString()}`;
  return `${WORDS[reason]} (${end}).`;
}
