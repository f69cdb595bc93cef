import { inOrder, type Step, setTimer, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';
import { connect, connectAnew } from './opening.js';
import { refuseCode } from './pairing.js';

/** What a person asks for. */

export function logoutAsked(before: Facts): Step {
  return inOrder(
    before,
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => step(facts, setTimer('connect_due', null), setTimer('stable', null), { do: 'log_out' }),
  );
}

/** An operator wants to be asked for another number: nothing is lost. */
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

/** Somebody is looking: a round of QR codes that waits for that begins. */
export function attended(before: Facts, { elapsed }: Moment): Step {
  const facts = { ...before, rounds: { ...before.rounds, attendedAt: elapsed } };
  return facts.rounds.isWaiting ? connect(facts) : step(facts);
}
