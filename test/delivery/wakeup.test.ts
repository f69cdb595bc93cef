import { beforeEach, describe, expect, it } from 'vitest';
import { createWakeup, type Wakeup } from '../../src/delivery/worker/wakeup.js';
import { createTestClock, settle, type TestClock } from '../support/clock.js';

describe('the wakeup', () => {
  let clock: TestClock;
  let wakeup: Wakeup;
  beforeEach(() => {
    clock = createTestClock();
    wakeup = createWakeup(clock);
  });

  /** Sleeps, and says whether that is over. */
  function sleeper(ms: number): () => boolean {
    let awake = false;
    void wakeup.wait(ms).then(() => {
      awake = true;
    });
    return () => awake;
  }

  it('ends a sleep at once', async () => {
    const awake = sleeper(7_000);
    await settle();
    expect(awake()).toBe(false);
    wakeup.now();
    await settle();
    expect(awake()).toBe(true);
  });

  it('lets a sleep end by itself', async () => {
    const awake = sleeper(7_000);
    await clock.advance(6_999);
    expect(awake()).toBe(false);
    await clock.advance(1);
    expect(awake()).toBe(true);
  });

  it('keeps a call that came while nobody slept, once', async () => {
    wakeup.now();
    wakeup.now();
    const first = sleeper(7_000);
    await settle();
    expect(first()).toBe(true);
    const second = sleeper(7_000);
    await settle();
    expect(second()).toBe(false);
  });

  it('does not let the timer of an earlier sleep end a later one', async () => {
    const first = sleeper(1_000);
    wakeup.now();
    await settle();
    expect(first()).toBe(true);
    const second = sleeper(7_000);
    await clock.advance(1_000);
    expect(second()).toBe(false);
  });

  it('wakes at a set time, whatever woke before', async () => {
    wakeup.at(clock.now() + 3_000);
    wakeup.at(clock.now() + 3_000);
    wakeup.now();
    const first = sleeper(7_000);
    await settle();
    expect(first()).toBe(true);
    const second = sleeper(7_000);
    await clock.advance(2_999);
    expect(second()).toBe(false);
    await clock.advance(1);
    expect(second()).toBe(true);
  });

  it('keeps an alarm that rang while nobody slept', async () => {
    wakeup.at(clock.now() + 3_000);
    await clock.advance(3_000);
    const awake = sleeper(7_000);
    await settle();
    expect(awake()).toBe(true);
  });
});
