import type { Lock, Quota } from '../stanzas/account.js';
import { type Effect, inOrder, type Step, setTimer, step } from './effects.js';
import type { Facts, Moment } from './facts.js';
import { awaitEnd, impose, isRestricted, lift, locked } from './restriction.js';
import { allWell, tell } from './troubles.js';

/**
 * What WhatsApp thinks of the account: asked at every connection, once an hour, at the end of a restriction, and when a
 * message to somebody out of reach was refused, which alone does not say whether it is about that person or the account.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** It is not asked more often; after a refusal, not more often because of refusals. */
const ASK_EVERY_MS = MINUTE_MS;
/** So many people refused within an hour, while the account is free: an operator should look at the number. */
const MANY_REFUSED = 3;
const REFUSED_OFTEN =
  'WhatsApp has refused messages to three people within an hour, though the account is not restricted. Consider leaving the number alone for a while: pause it, or send the next codes another way.';

/** Asks now, or as soon as the last question is a minute old. */
export function askAccount(facts: Facts, moment: Moment): Step {
  return ask(facts, facts.askedAccountAt, moment);
}

function askAfterRefusal(before: Facts, moment: Moment): Step {
  const asked = ask(before, before.askedAfterRefusalAt, moment);
  if (!asked.facts.isAskingAccount || before.isAskingAccount) return asked;
  return { ...asked, facts: { ...asked.facts, askedAfterRefusalAt: moment.elapsed } };
}

function ask(facts: Facts, lastAt: number, { elapsed }: Moment): Step {
  if (facts.openSince === null || facts.isAskingAccount) return step(facts);
  const waitMs = lastAt + ASK_EVERY_MS - elapsed;
  if (waitMs > 0) return step(facts, setTimer('account_due', waitMs));
  const asking = {
    isAskingAccount: true,
    askedAccountAt: elapsed,
    toldMeanwhile: { lock: false, quota: false },
  };
  return step({ ...facts, ...asking }, { do: 'ask_account' });
}

/** What has come to its end is lifted, and WhatsApp is asked whether it agrees. */
export function restrictionDue(before: Facts, moment: Moment): Step {
  return inOrder(
    before,
    (facts) => awaitEnd(facts, moment),
    (facts) => (isRestricted(facts, moment.now) ? step(facts) : askAccount(facts, moment)),
  );
}

/** WhatsApp has refused a message to somebody out of reach: 463, or 475 when no more chats may be begun. */
export function coldRefused(
  before: Facts,
  { code, phone }: { code: 463 | 475; phone: string },
  moment: Moment,
): Step {
  if (code === 475) {
    const end = before.quota?.cycleEnd ?? null;
    const until = end !== null && end > moment.now ? end : null;
    return inOrder(
      { ...before, isCapUnconfirmed: true },
      (facts) => impose(facts, 'new_chat_cap', until, moment),
      (facts) => askAfterRefusal(facts, moment),
    );
  }
  if (before.restrictedAt !== null) return askAfterRefusal(before, moment);
  const asked = askAfterRefusal({ ...before, unexplained: [...before.unexplained, phone] }, moment);
  // The last answer is less than a minute old: it holds, and there was one, or the account would be restricted.
  if (!asked.facts.isAskingAccount && asked.facts.openSince !== null)
    return inOrder(
      asked.facts,
      (facts) => step(facts, ...asked.effects),
      (facts) => aboutPairs(facts, moment),
    );
  return asked;
}

export function lockPushed(before: Facts, lock: Lock, moment: Moment): Step {
  return locked({ ...before, toldMeanwhile: { ...before.toldMeanwhile, lock: true } }, lock, moment);
}

export function quotaPushed(before: Facts, quota: Quota, moment: Moment): Step {
  return quotaTold({ ...before, toldMeanwhile: { ...before.toldMeanwhile, quota: true } }, quota, moment);
}

/** The answers, but for what WhatsApp has said of its own accord since it was asked. */
function newest(facts: Facts, { lock, quota }: { lock: Lock | null; quota: Quota | null }) {
  const { toldMeanwhile, restrictedAt, restrictedUntil } = facts;
  if (!facts.isAskingAccount) return { lock, quota };
  return {
    lock: toldMeanwhile.lock ? { isActive: restrictedAt !== null, until: restrictedUntil } : lock,
    quota: toldMeanwhile.quota ? facts.quota : quota,
  };
}

/** WhatsApp was asked. Null: it did not answer. */
export function accountTold(
  before: Facts,
  answer: { lock: Lock | null; quota: Quota | null },
  moment: Moment,
): Step {
  const { lock, quota } = newest(before, answer);
  return inOrder(
    { ...before, isAskingAccount: false },
    (facts) => step(facts, setTimer('account_due', facts.openSince === null ? null : HOUR_MS)),
    (facts) => explained(facts, lock, moment),
    (facts) => (quota ? quotaTold(facts, quota, moment) : step(facts)),
    (facts) => step({ ...facts, isCapUnconfirmed: false }),
    (facts) => calmedDown(facts, moment),
  );
}

/** After a refusal, no answer is as bad as a bad one. */
function explained(facts: Facts, lock: Lock | null, moment: Moment): Step {
  const isUnknown = lock === null && facts.unexplained.length > 0;
  if (isUnknown) return impose({ ...facts, unexplained: [] }, 'reach_out_lock', null, moment);
  if (lock === null) return step(facts);
  if (lock.isActive) return locked({ ...facts, unexplained: [] }, lock, moment);
  return inOrder(
    facts,
    (before) => locked(before, lock, moment),
    (free) => aboutPairs(free, moment),
  );
}

/** The account is free, so it is about these people alone. */
function aboutPairs(before: Facts, moment: Moment): Step {
  const { unexplained } = before;
  if (unexplained.length === 0) return step(before);
  const refusals = [...recent(before, moment), ...unexplained.map(() => moment.elapsed)];
  const noted = unexplained.map((phone): Effect => ({ do: 'note_refusal', phone }));
  return inOrder(
    { ...before, unexplained: [], refusals },
    (facts) => step(facts, ...noted),
    (facts) =>
      refusals.length >= MANY_REFUSED ? tell(facts, 'refused_often', REFUSED_OFTEN, moment) : step(facts),
  );
}

function quotaTold(before: Facts, quota: Quota, moment: Moment): Step {
  const facts = { ...before, quota };
  const isCapped = quota.status === 'CAPPED' || facts.isCapUnconfirmed;
  return isCapped
    ? impose(facts, 'new_chat_cap', quota.cycleEnd, moment)
    : lift(facts, 'new_chat_cap', moment);
}

function calmedDown(facts: Facts, moment: Moment): Step {
  const isOver = facts.told === 'refused_often' && recent(facts, moment).length === 0;
  return isOver ? allWell(facts) : step(facts);
}

function recent({ refusals }: Facts, { elapsed }: Moment): number[] {
  return refusals.filter((at) => elapsed - at < HOUR_MS);
}
