import { askAccount } from './account.js';
import { forgiven, opened as openedAttempts } from './attempts.js';
import { inOrder, type Step, setTimer, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';
import { refuseCode } from './pairing.js';
import { openState } from './restriction.js';
import { allWell, tell } from './troubles.js';

/** A connection that holds this long counts as stable. */
const STABLE_MS = 60_000;

/** A new connection; with `codeFor`, one that asks for a pairing code. */
export function connect(before: Facts, codeFor: Facts['codeFor'] = null): Step {
  return inOrder(
    before,
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => step({ ...facts, codeFor, rounds: { ...facts.rounds, isWaiting: false } }),
    (facts) => step(facts, setTimer('connect_due', null), setTimer('stable', null), { do: 'connect' }),
  );
}

/** A person asked for it: earlier failures no longer count. */
export function connectAnew(facts: Facts, codeFor: Facts['codeFor'] = null): Step {
  return connect({ ...facts, attempts: forgiven(facts.attempts) }, codeFor);
}

export function connecting(
  facts: Facts,
  { isPaired, phone }: { isPaired: boolean; phone: string | null },
  moment: Moment,
): Step {
  const { state, need, rounds } = facts;
  const finishesPairing = isPaired && state === 'PAIRING';
  const isUnpaired = state === 'LOGGED_OUT' || state === 'QR_REQUIRED';
  const waitsForScan = !isPaired && facts.codeFor === null && isUnpaired;
  const keeps = finishesPairing || waitsForScan;
  const fresh = isPaired ? null : 'pairing';
  const changes: Partial<Facts> = {
    ...CLOSED,
    state: keeps ? state : 'CONNECTING',
    need: keeps ? (need ?? 'pairing') : fresh,
    me: phone,
    rounds: isPaired ? rounds : { ...rounds, beganAt: moment.elapsed, isWaiting: false },
  };
  return step(change(facts, changes, moment));
}

export function opened(before: Facts, phone: string | null, moment: Moment): Step {
  const changes: Partial<Facts> = {
    ...CLOSED,
    ...openState(before, moment.now),
    attempts: openedAttempts(before.attempts),
    need: null,
    me: phone,
    lastPhone: phone,
    openSince: moment.now,
  };
  return inOrder(
    change(before, changes, moment),
    (facts) =>
      facts.state === 'RESTRICTED' ? tell(facts, 'restricted', facts.detail ?? '', moment) : allWell(facts),
    (facts) => step(facts, setTimer('stable', STABLE_MS)),
    (facts) => askAccount(facts, moment),
  );
}
