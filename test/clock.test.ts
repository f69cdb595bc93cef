import { describe, expect, it, vi } from 'vitest';
import { atMostEvery, sleep, systemClock } from '../src/clock.js';
import { createTestClock, settle } from './support/clock.js';
import { until } from './support/until.js';

const MONTH_MS = 31 * 24 * 3_600_000;
const liveTimers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('the system clock', () => {
  it('tells the time of the system', () => {
    const before = Date.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now()).toBeLessThanOrEqual(Date.now());
  });

  it.each([0, 5, -1_000])('runs what is due in %i ms once', async (ms) => {
    const run = vi.fn();
    systemClock.after(ms, run);
    await until('the run', () => run.mock.calls.length > 0);
    await settle();
    expect(run).toHaveBeenCalledOnce();
  });

  it('runs nothing that was cancelled, nor what is due in months', async () => {
    const run = vi.fn();
    systemClock.after(1, run).cancel();
    const late = systemClock.after(MONTH_MS, run);
    const other = vi.fn();
    systemClock.after(20, other);
    await until('a later run', () => other.mock.calls.length > 0);
    expect(run).not.toHaveBeenCalled();
    late.cancel();
  });

  it('keeps no process alive that has nothing else to do', () => {
    const before = liveTimers();
    const timer = systemClock.after(MONTH_MS, () => {});
    expect(liveTimers()).toBe(before);
    timer.cancel();
  });
});

describe('a sleep', () => {
  /** Says whether the sleep is over. */
  function watch(sleeping: Promise<void>): () => boolean {
    let over = false;
    void sleeping.then(() => {
      over = true;
    });
    return () => over;
  }

  it('lasts as long as it was asked for', async () => {
    const clock = createTestClock();
    const over = watch(sleep(clock, 1_000));
    await clock.advance(999);
    expect(over()).toBe(false);
    await clock.advance(1);
    expect(over()).toBe(true);
  });

  it('ends at once when its signal aborts, and leaves no timer behind', async () => {
    const clock = createTestClock();
    const cancel = vi.fn();
    const abort = new AbortController();
    const counting = { ...clock, after: () => ({ cancel }) };
    const over = watch(sleep(counting, 1_000, abort.signal));
    await settle();
    expect(over()).toBe(false);
    abort.abort();
    await settle();
    expect(over()).toBe(true);
    expect(cancel).toHaveBeenCalled();
  });

  it('does not begin when its signal has aborted before', async () => {
    const over = watch(sleep(createTestClock(), 1_000, AbortSignal.abort()));
    await settle();
    expect(over()).toBe(true);
  });
});

describe('at most every minute', () => {
  it('something is done at once, and once more for all that was wanted meanwhile', async () => {
    const clock = createTestClock();
    let wanted = 0;
    const done: number[] = [];
    const act = atMostEvery(clock, 60_000, () => {
      done.push(wanted);
      wanted = 0;
    });
    const want = () => {
      wanted++;
      act();
    };
    for (let n = 0; n < 10; n++) want();
    expect(done).toEqual([1]);
    await clock.advance(59_999);
    expect(done).toEqual([1]);
    await clock.advance(1);
    expect(done).toEqual([1, 9]);
    await clock.advance(600_000);
    expect(done).toEqual([1, 9]);
    want();
    want();
    expect(done).toEqual([1, 9, 1]);
  });
});
