import { describe, expect, it } from 'vitest';
import { createPace } from '../../src/delivery/worker/pace.js';
import { createTestClock, type TestClock } from '../support/clock.js';

describe('the pace', () => {
  function build(minDelayMs: number, maxDelayMs: number, random?: (min: number, max: number) => number) {
    const clock = createTestClock();
    const pace = createPace({ clock, minDelayMs, maxDelayMs, ...(random && { random }) });
    return { clock, pace, send: (ms: number, wrote = true) => send(clock, pace, ms, wrote) };
  }

  async function send(clock: TestClock, pace: ReturnType<typeof createPace>, ms: number, wrote: boolean) {
    const over = pace.begin();
    await clock.advance(ms);
    over(wrote);
  }

  it('lets an idle number send at once', async () => {
    const { clock, pace, send } = build(5_000, 20_000);
    expect(pace.waitMs()).toBe(0);
    await send(300);
    await clock.advance(20_000);
    expect(pace.waitMs()).toBe(0);
  });

  it('counts the gap from the end of a send', async () => {
    const { clock, pace, send } = build(5_000, 20_000, (min, max) => (min + max) / 2);
    await send(800);
    expect(pace.waitMs()).toBe(12_500);
    await clock.advance(12_499);
    expect(pace.waitMs()).toBe(1);
    await clock.advance(1);
    expect(pace.waitMs()).toBe(0);
  });

  it('asks for no gap after a send that wrote nothing', async () => {
    const { pace, send } = build(5_000, 20_000);
    await send(800, false);
    expect(pace.waitMs()).toBe(0);
  });

  it('draws a new gap for each send, within the range and up to both its ends', async () => {
    const { pace, send } = build(10, 13);
    const gaps = new Set<number>();
    for (let n = 0; n < 300; n++) {
      await send(0);
      gaps.add(pace.waitMs());
    }
    expect([...gaps].sort()).toEqual([10, 11, 12, 13]);
  });

  it('knows no gap when both delays are 0', async () => {
    const { pace, send } = build(0, 0);
    await send(800);
    expect(pace.waitMs()).toBe(0);
  });

  it('learns from the sends how long a cycle takes', async () => {
    const { pace, send } = build(5_000, 20_000);
    expect(pace.cycleMs()).toBe(12_500 + 500);
    for (let n = 0; n < 60; n++) await send(3_000);
    expect(pace.cycleMs()).toBeGreaterThan(12_500 + 2_900);
    await send(0, false);
    expect(pace.cycleMs()).toBeGreaterThan(12_500 + 2_900);
  });

  it('lasts neither longer nor shorter when the clock is set by an hour', async () => {
    const clock = createTestClock();
    const pace = createPace({ clock, minDelayMs: 5_000, maxDelayMs: 5_000 });
    for (const step of [-3_600_000, 3_600_000]) {
      pace.begin()(true);
      clock.step(step);
      expect(pace.waitMs()).toBe(5_000);
      await clock.advance(4_999);
      expect(pace.waitMs()).toBe(1);
      await clock.advance(1);
      expect(pace.waitMs()).toBe(0);
    }
  });

  it('a clock that is set during a send says nothing about how long sends take', async () => {
    const clock = createTestClock();
    const pace = createPace({ clock, minDelayMs: 0, maxDelayMs: 0 });
    for (const step of [3_600_000, -7_200_000]) {
      const over = pace.begin();
      clock.step(step);
      await clock.advance(500);
      over(true);
      expect(pace.cycleMs()).toBe(500);
    }
  });
});
