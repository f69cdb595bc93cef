import type { Trouble, TroubleKind } from '../../src/channels/sender.js';
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

/** What leads to each trouble. */
const CAUSES: Record<TroubleKind, SenderEvent[]> = {
  logged_out: [closed(401), { type: 'session_discarded', detail: 'x' }],
  banned: [closed(403)],
  conflict: [closed(440)],
  retries_exhausted: [closed(405)],
  restricted: [{ type: 'reach_out_lock', lock: { isActive: true, until: null } }],
  refused_often: [
    { type: 'account_told', lock: { isActive: false, until: null }, quota: null },
    ...Array.from({ length: 3 }, () => ({ type: 'cold_refused', code: 463, phone: '+201' }) as const),
  ],
  session_corrupt: [{ type: 'session_unreadable', detail: 'x' }],
};

/** A trouble as the sender itself tells it, about a number that was connected until then. */
export function troubleOf(
  kind: TroubleKind,
  { since = 0, phone = '+201001234567', causes = CAUSES[kind] } = {},
): Trouble {
  const { happens } = createStory({ clock: createTestClock(since) });
  const effects = [{ type: 'opened', phone } as const, ...causes].flatMap(happens);
  const told = effects.findLast((effect) => effect.do === 'tell_trouble');
  if (told?.do !== 'tell_trouble' || told.trouble?.kind !== kind) throw new Error(`nobody was told: ${kind}`);
  return told.trouble;
}
