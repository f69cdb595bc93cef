import { describe, expect, it } from 'vitest';
import { coldAllowance } from '../../src/channels/cold-allowance.js';

const DAY_MS = 24 * 60 * 60_000;
const NOW = Date.parse('2026-03-10T15:00:00Z');
const MIDNIGHT = Date.parse('2026-03-11T00:00:00Z');
const ago = (days: number) => NOW - days * DAY_MS;

const allowed = (known: Partial<Parameters<typeof coldAllowance>[0]> = {}) =>
  coldAllowance({ linkedAt: ago(100), lockedAt: null, quota: null, ...known }, NOW);

describe('how many messages to people out of reach are advised', () => {
  it.each([
    [null, 5],
    [ago(0), 5],
    [ago(6.9), 5],
    [ago(7), 10],
    [ago(14), 20],
    [ago(27.9), 20],
    [ago(28), 40],
  ])('grows with the age of the link (%d: %d)', (linkedAt, perDay) => {
    expect(allowed({ linkedAt })).toEqual({ perDay, isFinal: false, until: MIDNIGHT });
  });

  it('is half for two weeks after a lock', () => {
    expect(allowed({ lockedAt: ago(13.9) }).perDay).toBe(20);
    expect(allowed({ lockedAt: ago(14) }).perDay).toBe(40);
    expect(allowed({ linkedAt: ago(1), lockedAt: ago(1) }).perDay).toBe(2);
  });

  it('is no more than what WhatsApp leaves for the rest of its cycle, day by day', () => {
    const quota = { used: 50, total: 100, cycleEnd: NOW + 10 * DAY_MS, status: 'NONE' };
    expect(allowed({ quota }).perDay).toBe(4);
    expect(allowed({ quota: { ...quota, total: null } }).perDay).toBe(40);
    expect(allowed({ quota: { ...quota, cycleEnd: NOW } }).perDay).toBe(40);
  });

  it('is none at all when WhatsApp warns or caps, whatever an operator says', () => {
    const cycleEnd = NOW + 10 * DAY_MS;
    const none = { perDay: 0, isFinal: true };
    for (const status of ['FIRST_WARNING', 'SECOND_WARNING', 'CAPPED']) {
      const quota = { used: 50, total: 100, cycleEnd, status };
      expect(allowed({ quota })).toEqual({ ...none, until: cycleEnd });
      expect(allowed({ quota: { ...quota, total: null } })).toEqual({ ...none, until: cycleEnd });
    }
    const spent = { used: 100, total: 100, cycleEnd, status: 'NONE' };
    expect(allowed({ quota: spent })).toMatchObject(none);
  });
});
