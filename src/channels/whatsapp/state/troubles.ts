import type { Need, SenderState, TroubleKind } from '../../sender.js';
import { type Step, step } from './effects.js';
import { CLOSED, change, type Facts, type Moment } from './facts.js';

/** An operator hears of each trouble once; its number and its beginning are those of the facts. */
export function tell(facts: Facts, kind: TroubleKind, detail: string, { now }: Moment): Step {
  if (facts.told === kind) return step(facts);
  const since = (kind === 'restricted' ? facts.restrictedSince : facts.lostSince) ?? now;
  const trouble = { kind, detail, phone: facts.lastPhone, since };
  return step({ ...facts, told: kind }, { do: 'tell_trouble', trouble });
}

/** … and once that there is none any more. */
export function allWell(facts: Facts): Step {
  if (facts.told === null) return step(facts);
  return step({ ...facts, told: null }, { do: 'tell_trouble', trouble: null });
}

type Halt = Exclude<Need, 'pairing'>;

const STATES: Record<Halt, SenderState> = {
  logged_out: 'LOGGED_OUT',
  banned: 'BANNED',
  conflict: 'CONFLICT',
  session_corrupt: 'DISCONNECTED',
  retries_exhausted: 'DISCONNECTED',
};

/** Nothing goes out until a person acts, who is told. */
export function halt(
  facts: Facts,
  need: Halt,
  changes: { detail: string } & Partial<Facts>,
  moment: Moment,
): Step {
  const halted = change(facts, { ...CLOSED, state: STATES[need], need, ...changes }, moment);
  return tell(halted, need, changes.detail, moment);
}
