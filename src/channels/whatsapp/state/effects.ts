import type { Receipt } from '../../channel.js';
import type { Trouble } from '../../sender.js';
import type { Close } from '../close-codes.js';
import type { TimerEvent } from './events.js';
import type { Facts } from './facts.js';

/** What is to be done about an event, carried out by the performer. */
export type Effect =
  /** Replace what there is by a new connection. */
  | { do: 'connect' }
  | { do: 'disconnect'; reason: string }
  /** Once, after so long; again: anew. null: not any more. */
  | { do: 'set_timer'; timer: TimerEvent['type']; ms: number | null }
  /** Let go of the session; what is stored stays. */
  | { do: 'close_session' }
  | { do: 'discard_session'; detail: string; close: Close }
  /** Unlink the device at WhatsApp where it can be reached, and delete the session. */
  | { do: 'log_out' }
  | { do: 'ask_restriction' }
  | { do: 'ask_pairing_code'; request: number; phone: string }
  | { do: 'give_pairing_code'; request: number; code: string }
  | {
      do: 'refuse_pairing_code';
      request: number;
      why: 'is_paired' | 'not_reached' | 'refused';
      cause?: unknown;
    }
  | { do: 'show_qr'; qr: string }
  | { do: 'tell_trouble'; trouble: Trouble | null }
  | { do: 'fail_under_way'; close: Close }
  | { do: 'confirm'; receipt: Receipt }
  | { do: 'refuse'; messageId: string; error: number }
  /** The message was accepted for an address that is out of date. */
  | { do: 'call_outdated'; messageId: string }
  | { do: 'doubt_addresses'; jids: string[] }
  /** For another number everybody is a stranger. */
  | { do: 'forget_recipients' };

export interface Step {
  facts: Facts;
  effects: Effect[];
}

export const step = (facts: Facts, ...effects: Effect[]): Step => ({ facts, effects });

/** One rule after the other, each on the facts of the one before. */
export function inOrder(facts: Facts, ...rules: ((facts: Facts) => Step)[]): Step {
  const taken = { facts, effects: [] as Effect[] };
  for (const rule of rules) {
    const { facts: after, effects } = rule(taken.facts);
    taken.facts = after;
    taken.effects.push(...effects);
  }
  return taken;
}

export const setTimer = (timer: TimerEvent['type'], ms: number | null): Effect => ({
  do: 'set_timer',
  timer,
  ms,
});
