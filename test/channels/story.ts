import type { Close } from '../../src/channels/whatsapp/close-codes.js';
import type { Effect } from '../../src/channels/whatsapp/state/effects.js';
import type { SenderEvent } from '../../src/channels/whatsapp/state/events.js';
import { type Facts, firstFacts } from '../../src/channels/whatsapp/state/facts.js';
import { next } from '../../src/channels/whatsapp/state/next.js';
import { statusOf } from '../../src/channels/whatsapp/state/status.js';
import { createTestClock } from '../support/clock.js';

export const SETTINGS = { initialRetryDelayMs: 7_000, maxRetries: 5 };
/** No jitter at all. */
export const EVEN_CHANCE = 0.5;

/** A sender of facts alone: events go in, and what is to be done comes out. */
export function createStory(options: { clock?: ReturnType<typeof createTestClock>; from?: Facts } = {}) {
  const { clock = createTestClock() } = options;
  let facts = options.from ?? firstFacts(SETTINGS, clock.now());

  function happens(event: SenderEvent): Effect[] {
    const step = next(facts, event, { now: clock.now(), elapsed: clock.elapsed(), chance: EVEN_CHANCE });
    facts = step.facts;
    return step.effects;
  }

  return {
    clock,
    happens,
    facts: () => facts,
    status: () => statusOf(facts),
    /** In how many milliseconds the next attempt begins, by these effects. */
    attemptIn: (effects: Effect[]) => timerIn(effects, 'connect_due'),
  };
}

export type Story = ReturnType<typeof createStory>;

export function timerIn(effects: Effect[], timer: string): number | null | undefined {
  const set = effects.filter((effect) => effect.do === 'set_timer' && effect.timer === timer).at(-1);
  return set?.do === 'set_timer' ? set.ms : undefined;
}

export const close = (code: number | null, banEndsAt: number | null = null): Close => ({
  code,
  reason: 'x',
  banEndsAt,
});

export const closed = (
  code: number | null,
  ended: { isPaired?: boolean; wasPairing?: boolean; banEndsAt?: number } = {},
): SenderEvent => ({
  type: 'closed',
  close: close(code, ended.banEndsAt ?? null),
  isPaired: ended.isPaired ?? true,
  wasPairing: ended.wasPairing ?? false,
});
