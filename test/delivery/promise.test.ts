import { expect, it } from 'vitest';
import { type Day, liveThrough } from './simulated-day/day.js';

const SEEDS = 100;
const CODES_PER_HOUR = 120;
/** The life of a code less the margin in which nothing is sent any more. */
const LATEST_MS = 270_000;

/**
 * What would have become of a refused code is computed: it would have arrived if the lane was open again, and not paused,
 * while the code could still be sent.
 */
it('over a day of outages and pauses, what was accepted arrives, and little is refused for nothing', async () => {
  const days: Day[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) days.push(await liveThrough(seed));
  const sum = (what: keyof Day) => days.reduce((total, day) => total + day[what], 0);
  expect(sum('asked') / SEEDS / 24).toBeCloseTo(CODES_PER_HOUR, -1);
  expect(sum('accepted') + sum('refused')).toBe(sum('asked'));
  expect(sum('expired') / sum('accepted')).toBeLessThanOrEqual(0.005);
  expect(sum('wouldHaveArrived') / sum('asked')).toBeLessThanOrEqual(0.05);
  expect(Math.max(...days.map(({ longestPromiseMs }) => longestPromiseMs))).toBeLessThanOrEqual(LATEST_MS);
}, 120_000);
