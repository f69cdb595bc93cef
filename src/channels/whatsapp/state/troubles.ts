import type { TroubleKind } from '../../sender.js';
import { type Step, step } from './effects.js';
import type { Facts, Moment } from './facts.js';

/** Tells the operator of each trouble once; its number and its beginning come from the facts. */
export function tell(facts: Facts, kind: TroubleKind, detail: string, { now }: Moment): Step {
  if (facts.told === kind) return step(facts);
  const since = (kind === 'restricted' ? facts.restrictedSince : facts.lostSince) ?? now;
  const trouble = { kind, detail, phone: facts.lastPhone, since };
  return step({ ...facts, told: kind }, { do: 'tell_trouble', trouble });
}

/** Tells the operator, once, that there is none any more. */
export function allWell(facts: Facts): Step {
  if (facts.told === null) return step(facts);
  return step({ ...facts, told: null }, { do: 'tell_trouble', trouble: null });
}
