import type { Effect, Step } from './effects.js';
import { inOrder, setTimer, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';
import { liftAll } from './restriction.js';

/** How a number is paired: by QR codes, in rounds, or by a code that is typed on the phone. */

const UNATTENDED_ROUND_MS = 5 * 60_000;
const ATTENTION_MS = 30_000;

type Refusal = Extract<Effect, { do: 'refuse_pairing_code' }>['why'];

/** Refuses a request for a pairing code that is still waiting. */
export function refuseCode(facts: Facts, why: Refusal, cause?: unknown): Step {
  if (facts.codeFor === null) return step(facts);
  const { request } = facts.codeFor;
  return step({ ...facts, codeFor: null }, { do: 'refuse_pairing_code', request, why, cause });
}

/** A QR code is offered; on a connection that was opened for a pairing code, this is the time to request it. */
export function qrOffered(
  facts: Facts,
  { qr, expiresAt }: { qr: string; expiresAt: number },
  moment: Moment,
): Step {
  const { codeFor } = facts;
  if (codeFor?.isAsked) return step(facts);
  if (codeFor) {
    const { request, phone } = codeFor;
    const asked = { ...facts, codeFor: { ...codeFor, isAsked: true } };
    return step(asked, { do: 'ask_pairing_code', request, phone });
  }
  const detail = 'Scan the QR code with WhatsApp on the phone, under "Linked devices".';
  const shown = { state: 'QR_REQUIRED', need: 'pairing', detail, qr, qrExpiresAt: expiresAt } as const;
  return step(change(facts, shown, moment), { do: 'show_qr', qr });
}

export function codeGiven(
  facts: Facts,
  { request, code }: { request: number; code: string },
  moment: Moment,
): Step {
  if (facts.codeFor?.request !== request) return step(facts);
  const detail = 'Type the code on the phone, under "Linked devices", "Link with phone number instead".';
  const shown = { state: 'PAIRING', need: 'pairing', detail, pairingCode: code } as const;
  return step(change(facts, shown, moment), { do: 'give_pairing_code', request, code });
}

/** The phone has accepted this device. Restriction and warm recipients belong to a number, not to this installation. */
export function paired(before: Facts, phone: string | null, moment: Moment): Step {
  const { lastPhone } = before;
  const isAnother = lastPhone !== null && lastPhone !== phone;
  const detail = 'The phone has accepted this device.';
  const linkedAt = moment.now;
  const accepted = { ...CLOSED, state: 'PAIRING', detail, me: phone, lastPhone: phone, linkedAt } as const;
  const unknown = { quota: null, lockedAt: null, refusals: [], unexplained: [] };
  return inOrder(
    before,
    (facts) => (isAnother ? liftAll({ ...facts, ...unknown }, moment) : step(facts)),
    (facts) => (isAnother ? step(facts, { do: 'forget_recipients' }) : step(facts)),
    (facts) => step(change(facts, accepted, moment)),
  );
}

/** The QR codes ran out. */
export function nextRound(facts: Facts, moment: Moment): Step {
  const delayMs = untilNextRound(facts, moment);
  const changes: Partial<Facts> = {
    ...CLOSED,
    state: 'QR_REQUIRED',
    need: 'pairing',
    detail: 'The QR codes have run out. New ones come when somebody looks here.',
    nextAttemptAt: moment.now + delayMs,
    rounds: { ...facts.rounds, isWaiting: true },
  };
  return step(change(facts, changes, moment), setTimer('connect_due', delayMs));
}

function untilNextRound({ rounds }: Facts, { elapsed }: Moment): number {
  if (elapsed - rounds.attendedAt < ATTENTION_MS) return 0;
  return Math.max(0, rounds.beganAt + UNATTENDED_ROUND_MS - elapsed);
}
