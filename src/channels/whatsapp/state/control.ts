import { randomInt } from 'node:crypto';
import { type Clock, type Timer, watchSteps } from '../../../clock.js';
import type { Log } from '../../../log.js';
import type { SenderStatus } from '../../sender.js';
import { createListeners } from '../listeners.js';
import type { RetrySettings } from './attempts.js';
import type { Deed, Done, Effect } from './effects.js';
import type { SenderEvent, TimerEvent } from './events.js';
import { type Facts, firstFacts, moved } from './facts.js';
import { next } from './next.js';
import { isSameStatus, statusOf } from './status.js';
import type { StatusRow } from './status-row.js';

/** Holds the facts, lets `next` decide, and has the effects carried out. */
export interface Control {
  facts(): Facts;
  status(): SenderStatus;
  /** Called on every change of the status; returns a function that stops listening. */
  onStatus(listener: (status: SenderStatus) => void): () => void;
  /**
   * Events are handled in turn: one that happens during the handling of another waits. Resolves when everything that
   * follows from it is done.
   */
  happened(event: SenderEvent): Promise<void>;
}

/** The number of different values of `chance`. */
const CHANCES = 2 ** 32;

export function createControl(deps: {
  clock: Clock;
  log: Log;
  account: string;
  settings: RetrySettings;
  row: StatusRow;
  perform(deed: Deed): Promise<Done>;
}): Control {
  const { clock, log, account, row, perform } = deps;
  const listeners = createListeners<SenderStatus>(log);
  const movedMs = watchSteps(clock);
  const waiting: { event: SenderEvent; done: (following: Promise<void>) => void }[] = [];
  const timers = new Map<TimerEvent['type'], Timer>();
  let facts = firstFacts(deps.settings, clock.now());
  let isDeciding = false;

  function factsNow(): Facts {
    const ms = movedMs();
    if (ms !== 0) {
      facts = moved(facts, ms);
      row.write(facts);
    }
    return facts;
  }

  function become(after: Facts): void {
    const before = facts;
    if (after === before) return;
    facts = after;
    if (after.state !== before.state) {
      log.info('whatsapp sender', { account, state: after.state, detail: after.detail });
    }
    row.write(after);
    if (!isSameStatus(statusOf(before), statusOf(after))) void listeners.tell(statusOf(after));
  }

  async function decide(event: SenderEvent): Promise<void> {
    const chance = randomInt(CHANCES) / CHANCES;
    const step = next(factsNow(), event, { now: clock.now(), elapsed: clock.elapsed(), chance });
    become(step.facts);
    await Promise.all(step.effects.map(carryOut));
  }

  async function carryOut(effect: Effect): Promise<void> {
    if (effect.do === 'set_timer') return setTimer(effect.timer, effect.ms);
    const { following, error } = await perform(effect);
    if (following) await happened(following);
    if (error !== undefined) throw error;
  }

  function setTimer(type: TimerEvent['type'], ms: number | null): void {
    timers.get(type)?.cancel();
    timers.delete(type);
    if (ms !== null)
      timers.set(
        type,
        clock.after(ms, () => fire(type)),
      );
  }

  function fire(type: TimerEvent['type']): void {
    happened({ type }).catch((error: unknown) => {
      log.error('what was due for the WhatsApp sender failed', { due: type, error });
    });
  }

  async function happened(event: SenderEvent): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push({ event, done: resolve });
      decideWaiting();
    });
  }

  function decideWaiting(): void {
    if (isDeciding) return;
    isDeciding = true;
    for (let turn = waiting.shift(); turn; turn = waiting.shift()) turn.done(decide(turn.event));
    isDeciding = false;
  }

  return {
    facts: factsNow,
    status: () => statusOf(factsNow()),
    onStatus: listeners.add,
    happened,
  };
}
