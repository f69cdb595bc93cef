import type { Receipt } from '../../channel.js';
import type { InboundText } from '../../inbound-text.js';
import type { Trouble } from '../../sender.js';
import type { Close } from '../close-codes.js';
import type { SenderEvent, TimerEvent } from './events.js';
import type { Facts } from './facts.js';

/** What to do about an event; carried out by the control and the performer. */
export type Effect =
  /** Replace the present connection with a new one. */
  | { do: 'connect' }
  | { do: 'disconnect'; reason: string }
  /** Fires once, after `ms`; setting it again replaces it, null cancels it. */
  | { do: 'set_timer'; timer: TimerEvent['type']; ms: number | null }
  /** Release the session; what is stored stays. */
  | { do: 'close_session' }
  | { do: 'discard_session'; detail: string; close: Close }
  /** Unlink the device at WhatsApp if it can be reached, and delete the session. */
  | { do: 'log_out' }
  | { do: 'ask_account' }
  /** WhatsApp takes no message to this person, though the account is free. */
  | { do: 'note_refusal'; phone: string }
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
  | { do: 'pass_on'; text: InboundText }
  | { do: 'refuse'; messageId: string; error: number }
  /** The message was accepted for an outdated address. */
  | { do: 'call_outdated'; messageId: string }
  | { do: 'doubt_addresses'; jids: string[] }
  | { do: 'note_writer'; phone: string | null; lid: string | null; at: number }
  | { do: 'note_token'; phone: string; lid: string | null; at: number }
  /** Everybody is a stranger to another number. */
  | { do: 'forget_recipients' };

/** An effect other than the timers, which the control sets itself. */
export type Deed = Exclude<Effect, { do: 'set_timer' }>;

/** How a deed ended: the event that follows from it, and the failure for whoever asked for it. */
export interface Done {
  following?: SenderEvent;
  error?: unknown;
}

export interface Step {
  facts: Facts;
  effects: Effect[];
}

export const step = (facts: Facts, ...effects: Effect[]): Step => ({ facts, effects });

/** Applies the rules in turn, each to the facts that the one before left. */
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
