import { leftOf } from '../../../deadline.js';
import { inOrder, type Step, setTimer, step } from './effects.js';
import { change, type Facts, type Moment } from './facts.js';
import { allWell, tell } from './troubles.js';

/** WhatsApp's reach-out lock (ack error 463): nothing to numbers never written to; known ones go on. */

/** How long a restriction without a stated end is assumed to last. */
const ASSUMED_MS = 24 * 60 * 60_000;
/** The end may come earlier than expected, if the clock is set. */
const CHECK_INTERVAL_MS = 60_000;

export function isRestricted(facts: Facts, now: number): boolean {
  const end = endsAt(facts);
  return end !== null && end > now;
}

/** What the status of an open connection shows. */
export function openState(facts: Facts, now: number): Pick<Facts, 'state' | 'detail'> {
  return isRestricted(facts, now)
    ? { state: 'RESTRICTED', detail: detailOf(facts.restrictedUntil) }
    : { state: 'READY', detail: null };
}

/** @param until when it ends, Unix ms; null when WhatsApp did not say. */
function impose(before: Facts, until: number | null, moment: Moment): Step {
  if (until !== null && until <= moment.now) return step(before);
  const restrictedUntil = until ?? before.restrictedUntil;
  const detail = detailOf(restrictedUntil);
  const shown = before.openSince === null ? {} : { state: 'RESTRICTED' as const, detail };
  return inOrder(
    change(before, { ...shown, restrictedAt: moment.now, restrictedUntil }, moment),
    (facts) => tell(facts, 'restricted', detail, moment),
    (facts) => awaitEnd(facts, moment),
  );
}

export function lift(before: Facts, moment: Moment): Step {
  if (before.restrictedAt === null) return step(before);
  const shown = before.state === 'RESTRICTED' ? { state: 'READY' as const, detail: null } : {};
  // Without a connection all is not well yet; opening one will report it.
  const isOver = before.openSince !== null && before.told === 'restricted';
  return inOrder(
    change(before, { ...shown, restrictedAt: null, restrictedUntil: null }, moment),
    (facts) => (isOver ? allWell(facts) : step(facts)),
    (facts) => step(facts, setTimer('restriction_due', null)),
  );
}

/** Lifts it when its time has come, and otherwise checks again before long. */
export function awaitEnd(facts: Facts, moment: Moment): Step {
  const end = endsAt(facts);
  if (end === null) return step(facts);
  const leftMs = end - moment.now;
  if (leftMs <= 0) return lift(facts, moment);
  return step(facts, setTimer('restriction_due', Math.min(leftMs, CHECK_INTERVAL_MS)));
}

/** What an earlier run left behind, perhaps written when the clock was ahead. */
export function resume(facts: Facts, moment: Moment): Step {
  const [beganAt, end] = [facts.restrictedAt, endsAt(facts)];
  if (beganAt === null || end === null) return step(facts);
  const isOver = leftOf(end, end - beganAt, moment.now) === 0;
  return isOver ? lift(facts, moment) : awaitEnd(facts, moment);
}

/** WhatsApp has refused a message to a stranger; it is asked how long that lasts, once at a time. */
export function reachOutRefused(before: Facts, moment: Moment): Step {
  return inOrder(
    before,
    (facts) => impose(facts, null, moment),
    (facts) => (facts.isAskingRestriction ? step(facts) : ask(facts)),
  );
}

const ask = (facts: Facts): Step => step({ ...facts, isAskingRestriction: true }, { do: 'ask_restriction' });

export function reachOutLock(
  facts: Facts,
  lock: { isActive: boolean; until: number | null },
  moment: Moment,
): Step {
  if (lock.isActive) return impose(facts, lock.until, moment);
  // An answer to our own question after a 463 is not believed if it says that there is no restriction.
  return facts.isAskingRestriction ? step(facts) : lift(facts, moment);
}

function endsAt({ restrictedAt, restrictedUntil }: Facts): number | null {
  return restrictedAt === null ? null : (restrictedUntil ?? restrictedAt + ASSUMED_MS);
}

function detailOf(until: number | null): string {
  const end = until === null ? 'WhatsApp did not say until when' : `until ${new Date(until).toISOString()}`;
  return `WhatsApp lets this number write only to people it has written to before (${end}).`;
}
