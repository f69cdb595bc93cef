import { describe, expect, it } from 'vitest';
import {
  ackPatienceMs,
  maxAcceptableWaitMs,
  receiptGraceMs,
  retryDelayMs,
  sendMarginMs,
} from '../../src/delivery/margins.js';

describe('the margins', () => {
  it('are those of a patient queue at 300 s', () => {
    expect(sendMarginMs(300_000)).toBe(30_000);
    expect(ackPatienceMs(300_000)).toBe(12_000);
    expect(receiptGraceMs(300_000)).toBe(3_000);
    expect([1, 2, 3, 4, 5, 6].map((attempt) => retryDelayMs(attempt, 300_000))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000,
    ]);
  });

  it('shrink with the lifetime, so that a code of 20 s still has most of it', () => {
    expect(sendMarginMs(20_000)).toBe(2_000);
    expect(ackPatienceMs(20_000)).toBe(2_000);
    expect(receiptGraceMs(20_000)).toBe(1_000);
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(attempt, 20_000))).toEqual([
      1_000, 2_000, 2_000, 2_000,
    ]);
  });

  it('never grow beyond what is needed, however long a code lives', () => {
    expect(sendMarginMs(3_600_000)).toBe(30_000);
    expect(ackPatienceMs(3_600_000)).toBe(12_000);
    expect(receiptGraceMs(3_600_000)).toBe(3_000);
  });

  it.each([
    [5_000, 4_000],
    [20_000, 16_000],
    [300_000, 240_000],
    [3_600_000, 3_540_000],
  ])('of %i ms of life let a code wait for %i ms at the most', (ttlMs, waitMs) => {
    expect(maxAcceptableWaitMs(ttlMs)).toBe(waitMs);
  });

  it.each([5, 10, 20, 60, 300, 3_600])(
    'leave time for an unconfirmed message and one resend at %i s',
    (seconds) => {
      const ttlMs = seconds * 1_000;
      const spent =
        ackPatienceMs(ttlMs) + receiptGraceMs(ttlMs) + retryDelayMs(1, ttlMs) + sendMarginMs(ttlMs);
      expect(spent).toBeLessThan(ttlMs / 2);
    },
  );
});
