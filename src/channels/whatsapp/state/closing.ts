import type { Need, SenderState } from '../../sender.js';
import { type Close, type Reaction, reactionTo } from '../close-codes.js';
import type { Closed } from '../socket/events.js';
import { areUsedUp, failed } from './attempts.js';
import { inOrder, type Step, setTimer, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';
import { nextRound, refuseCode } from './pairing.js';
import { tell } from './troubles.js';

/** What follows when a connection has ended: the table of close codes, carried out. */

/** How long to wait for the end of a temporary ban when none is stated. */
const ASSUMED_BAN_MS = 60 * 60_000;
/** Requests to restart that come faster than this are not obeyed at once. */
const RESTART_EVERY_MS = 60_000;
const QR_CODES_ENDED = 408;

type Halt = Exclude<Need, 'pairing'>;

const STATES: Record<Halt, SenderState> = {
  logged_out: 'LOGGED_OUT',
  banned: 'BANNED',
  conflict: 'CONFLICT',
  session_corrupt: 'DISCONNECTED',
  retries_exhausted: 'DISCONNECTED',
};

export function closed(before: Facts, ended: Closed, moment: Moment): Step {
  return inOrder(
    before,
    (facts) => step(facts, { do: 'fail_under_way', close: ended.close }, setTimer('stable', null)),
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => react(facts, ended, moment),
  );
}

export function notOpened(before: Facts, reason: string, moment: Moment): Step {
  const close: Close = { code: null, reason, banEndsAt: null };
  return inOrder(
    before,
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => retry(facts, close, moment),
  );
}

function react(facts: Facts, { close, isPaired, wasPairing }: Closed, moment: Moment): Step {
  const reaction = reactionTo(close.code);
  if (wasPairing && !isPaired && close.code === QR_CODES_ENDED) return nextRound(facts, moment);
  switch (reaction.act) {
    case 'restart':
      return restart(facts, close, isPaired && wasPairing, moment);
    case 'retry':
      return retry(facts, close, moment, reaction.minRepeatDelayMs);
    case 'pair_again':
      // Without a session there is nothing to lose: the next attempt gets a new identity anyway.
      if (!isPaired) return retry(facts, close, moment);
      return step(facts, { do: 'discard_session', detail: reaction.detail, close });
    case 'stop':
      return halt(facts, reaction.need, { detail: reaction.detail }, moment);
    case 'wait_out_ban':
      return waitOutBan(facts, reaction, close, moment);
  }
}

/** A new attempt after the backoff; once too many have failed, an operator is told. */
export function retry(
  facts: Facts,
  { code, reason }: Pick<Close, 'code' | 'reason'>,
  moment: Moment,
  minRepeatDelayMs = 0,
): Step {
  const { attempts, delayMs } = failed(facts.attempts, { code, minRepeatDelayMs, chance: moment.chance });
  const isExhausted = areUsedUp(attempts);
  const detail = isExhausted
    ? `WhatsApp cannot be reached: ${reason}. Several attempts have failed; further ones follow.`
    : `The connection was lost: ${reason}.`;
  const changes: Partial<Facts> = {
    ...CLOSED,
    state: 'DISCONNECTED',
    detail,
    attempts,
    nextAttemptAt: moment.now + delayMs,
    // Losing a connection does not count as an attempt.
    failedAttempts: facts.openSince === null ? facts.failedAttempts + 1 : 0,
    retriesExhausted: isExhausted,
    need: facts.me === null && facts.need !== null ? 'pairing' : facts.need,
  };
  return inOrder(
    change(facts, changes, moment),
    (lost) => (isExhausted ? tell(lost, 'retries_exhausted', detail, moment) : step(lost)),
    (lost) => step(lost, setTimer('connect_due', delayMs)),
  );
}

function restart(facts: Facts, close: Close, hasJustPaired: boolean, moment: Moment): Step {
  const isRepeated = moment.elapsed - facts.restartedAt <= RESTART_EVERY_MS;
  // The restart that belongs to a pairing does not count.
  if (hasJustPaired) return step(facts, setTimer('connect_due', 0));
  if (isRepeated) return retry(facts, close, moment);
  return step({ ...facts, restartedAt: moment.elapsed }, setTimer('connect_due', 0));
}

/** Nothing goes out until a person acts; the operator is told. */
function halt(facts: Facts, need: Halt, changes: { detail: string } & Partial<Facts>, moment: Moment): Step {
  const halted = change(facts, { ...CLOSED, state: STATES[need], need, ...changes }, moment);
  return tell(halted, need, changes.detail, moment);
}

/** WhatsApp has logged the device out, and the session is deleted. */
export function loggedOutByWhatsApp(before: Facts, detail: string, moment: Moment): Step {
  return inOrder(
    before,
    (facts) => halt(facts, 'logged_out', { detail, me: null }, moment),
    (facts) => (facts.isStopping ? step(facts) : step(facts, setTimer('connect_due', 0))),
  );
}

function waitOutBan(
  before: Facts,
  reaction: Extract<Reaction, { act: 'wait_out_ban' }>,
  close: Close,
  moment: Moment,
): Step {
  const endsAt = close.banEndsAt ?? moment.now + ASSUMED_BAN_MS;
  const detail = `${reaction.detail} It is tried again at ${new Date(endsAt).toISOString()}.`;
  return inOrder(
    before,
    (facts) => halt(facts, 'banned', { detail, nextAttemptAt: endsAt }, moment),
    (facts) => step(facts, setTimer('connect_due', endsAt - moment.now)),
  );
}

/** The stored session cannot be read: stop, and leave it as it is. */
export function sessionUnreadable(before: Facts, detail: string, moment: Moment): Step {
  return inOrder(
    before,
    (facts) => step(facts, { do: 'disconnect', reason: 'the stored session cannot be read' }),
    (facts) => step(facts, { do: 'close_session' }, setTimer('connect_due', null), setTimer('stable', null)),
    (facts) => refuseCode(facts, 'not_reached'),
    (facts) => halt(facts, 'session_corrupt', { detail, me: null }, moment),
  );
}
