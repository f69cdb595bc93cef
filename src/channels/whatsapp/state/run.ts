import type { StoredSession } from '../session/sessions.js';
import { sessionUnreadable } from './closing.js';
import { inOrder, type Step, setTimer, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';
import { refuseCode } from './pairing.js';
import { resume } from './restriction.js';
import type { StoredStatus } from './status-row.js';

/** The beginning and the end of a run. */

/** Takes over what outlives a run. */
export function loaded(
  before: Facts,
  { stored, session }: { stored: StoredStatus; session: StoredSession },
  moment: Moment,
): Step {
  const past = (at: number | null) => at && Math.min(at, moment.now);
  const known: Facts = {
    ...before,
    lastPhone: stored.phone,
    lostSince: past(stored.lostSince),
    givenUp: stored.lostSince !== null,
    restrictedSince: past(stored.restrictedSince),
    restrictedAt: stored.restrictedAt,
    restrictedUntil: stored.restrictedUntil,
  };
  return inOrder(
    known,
    (facts) => begin(facts, session, moment),
    (facts) => resume(facts, moment),
  );
}

function begin(facts: Facts, session: StoredSession, moment: Moment): Step {
  if ('unreadable' in session) return sessionUnreadable(facts, session.unreadable, moment);
  const { phone } = session;
  const changes: Partial<Facts> =
    phone === null
      ? { need: 'pairing', detail: 'No number is paired yet.' }
      : { need: null, detail: null, me: phone, lastPhone: phone };
  return step(change(facts, changes, moment));
}

export function stopping(before: Facts): Step {
  return inOrder(
    before,
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => step({ ...facts, isStopping: true }, setTimer('connect_due', null), setTimer('stable', null)),
    (facts) => step(facts, setTimer('restriction_due', null), { do: 'disconnect', reason: 'stopped' }),
  );
}

/** What a person has to see to stays to be seen. */
export function stopped(facts: Facts, moment: Moment): Step {
  const { state, lostSince } = facts;
  const rests = state === 'BANNED' || state === 'CONFLICT' || state === 'LOGGED_OUT';
  const away = { state: 'DISCONNECTED', detail: 'Stopped.', lostSince } as const;
  return step(change(facts, { ...CLOSED, ...(!rests && away) }, moment));
}
