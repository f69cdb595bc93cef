import { expect, it } from 'vitest';
import { randomBytesPooled } from '../src/random.js';

it('no bytes are given out twice, over many refills of the pool', () => {
  const seen = new Set<string>();
  for (let n = 0; n < 20_000; n++) seen.add(randomBytesPooled(n % 2 ? 9 : 12).toString('hex'));
  expect(seen.size).toBe(20_000);
});

it('what was given out stays as it was', () => {
  const first = randomBytesPooled(12);
  const copy = Buffer.from(first);
  for (let n = 0; n < 1_000; n++) randomBytesPooled(12);
  expect(first).toEqual(copy);
});

it('every length is exact, up to a whole pool', () => {
  for (const length of [1, 9, 12, 32, 4_095, 4_096, 1]) {
    expect(randomBytesPooled(length)).toHaveLength(length);
  }
});

it('all byte values come equally often', () => {
  const counts = new Array<number>(256).fill(0);
  const drawn = 256 * 1_000;
  for (let n = 0; n < drawn; n += 16) {
    for (const byte of randomBytesPooled(16)) counts[byte] = (counts[byte] ?? 0) + 1;
  }
  expect(counts.filter((count) => Math.abs(count - 1_000) > 7 * Math.sqrt(1_000))).toEqual([]);
});
