import type { StoredSession } from '../session/sessions.js';
import { sessionUnreadable } from './closing.js';
import { inOrder, type Step, setTimer, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';
import { connect, connectAnew } from './opening.js';
import { refuseCode } from './pairing.js';
import { resume } from './restriction.js';
import type { StoredStatus } from './status-row.js';

/** The beginning and the end of a run, and what a person asks for in between. */

/** Takes over what the last run left behind. */
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
    cappedAt: stored.cappedAt,
    cappedUntil: stored.cappedUntil,
    quota: stored.quota,
    lockedAt: stored.lockedAt,
    linkedAt: stored.linkedAt,
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
      : { need: null, detail: null, me: phone, lastPhone: phone, linkedAt: facts.linkedAt ?? moment.now };
  return step(change(facts, changes, moment));
}

export function logoutAsked(before: Facts): Step {
  return inOrder(
    before,
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => step(facts, setTimer('connect_due', null), setTimer('stable', null), { do: 'log_out' }),
  );
}

/** An operator logged the number out to pair one again: nothing was lost. */
export function loggedOut(facts: Facts, moment: Moment): Step {
  const changes: Partial<Facts> = {
    ...CLOSED,
    state: 'LOGGED_OUT',
    detail: 'Logged out by an operator.',
    need: 'logged_out',
    me: null,
    lostSince: null,
  };
  return connectAnew(change(facts, changes, moment));
}

export function pairingCodeAsked(facts: Facts, { request, phone }: { request: number; phone: string }): Step {
  if (facts.me !== null) return step(facts, { do: 'refuse_pairing_code', request, why: 'is_paired' });
  if (facts.isStopping) return step(facts, { do: 'refuse_pairing_code', request, why: 'not_reached' });
  return connectAnew(facts, { request, phone, isAsked: false });
}

/** The connection has served its purpose: the next one shows QR codes. */
export function pairingCodeRefused(before: Facts, refused: { request: number; cause: unknown }): Step {
  if (before.codeFor?.request !== refused.request) return step(before);
  return inOrder(before, (facts) => refuseCode(facts, 'refused', refused.cause), connect);
}

/** Somebody is looking: a round of QR codes that was waiting for this begins. */
export function attended(before: Facts, { elapsed }: Moment): Step {
  const facts = { ...before, rounds: { ...before.rounds, attendedAt: elapsed } };
  return facts.rounds.isWaiting ? connect(facts) : step(facts);
}

export function stopping(before: Facts): Step {
  return inOrder(
    before,
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => step({ ...facts, isStopping: true }, setTimer('connect_due', null), setTimer('stable', null)),
    (facts) =>
      step(facts, setTimer('restriction_due', null), setTimer('account_due', null), {
        do: 'disconnect',
        reason: 'stopped',
      }),
  );
}

/** A state that needs a person stays visible. */
export function stopped(facts: Facts, moment: Moment): Step {
  const { state, lostSince } = facts;
  const rests = state === 'BANNED' || state === 'CONFLICT' || state === 'LOGGED_OUT';
  const away = { state: 'DISCONNECTED', detail: 'Stopped.', lostSince } as const;
  return step(change(facts, { ...CLOSED, ...(!rests && away) }, moment));
}
