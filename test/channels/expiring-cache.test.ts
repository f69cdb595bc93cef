import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { createExpiringCache } from '../../src/channels/whatsapp/expiring-cache.js';
import type { Clock } from '../../src/clock.js';
import { createTestClock } from '../support/clock.js';

const LIMITS = { ttlMs: 1_000, maxBytes: 10_000 };

describe('a cache for Baileys', () => {
  it('gives back what was set, until its time is over', async () => {
    const clock = createTestClock();
    const cache = createExpiringCache(clock, LIMITS);
    cache.set('devices', [{ user: '900', device: 3 }]);
    cache.set('count', 2);
    cache.set('nothing', null);
    expect([cache.get('devices'), cache.get('count')]).toEqual([[{ user: '900', device: 3 }], 2]);
    expect(cache.get('nothing')).toBeNull();
    expect(cache.get('unknown')).toBeUndefined();
    await clock.advance(999);
    expect(cache.get('count')).toBe(2);
    await clock.advance(1);
    expect(cache.get('count')).toBeUndefined();
  });

  it('lets go of what has run out without being asked for it, and then of its timer', async () => {
    const clock = createTestClock();
    let timers = 0;
    const counting: Clock = {
      ...clock,
      after(ms, run) {
        timers += 1;
        return clock.after(ms, () => {
          timers -= 1;
          run();
        });
      },
    };
    const cache = createExpiringCache(counting, LIMITS);
    for (let person = 0; person < 20; person++) cache.set(`${person}`, 'devices');
    await clock.advance(600);
    cache.set('later', 'devices');
    const ofOne = cache.bytes() / 21;
    await clock.advance(500);
    expect(cache.bytes()).toBeLessThan(2 * ofOne);
    expect(cache.get('later')).toBe('devices');
    expect(timers).toBe(1);
    await clock.advance(700);
    expect([cache.bytes(), timers]).toEqual([0, 0]);
    cache.set('again', 1);
    await clock.advance(1_200);
    expect(cache.bytes()).toBe(0);
  });

  it('never weighs more than it may: the oldest go first, and what is too heavy does not come in', () => {
    const cache = createExpiringCache(createTestClock(), LIMITS);
    const heaviest: number[] = [];
    for (let person = 0; person < 500; person++) {
      cache.set(`${person}`, 'x'.repeat(1 + (person % 90)));
      heaviest.push(cache.bytes());
    }
    expect(Math.max(...heaviest)).toBeLessThanOrEqual(LIMITS.maxBytes);
    expect(cache.bytes()).toBeGreaterThan(LIMITS.maxBytes / 2);
    expect(cache.get('0')).toBeUndefined();
    expect(cache.get('499')).toBe('x'.repeat(1 + (499 % 90)));
    cache.set('499', 'x'.repeat(LIMITS.maxBytes));
    expect(cache.get('499'), 'the old value is no longer true').toBeUndefined();
    expect(cache.get('498')).toBeDefined();
  });

  it('counts a value once however often it is set, and nothing of what was deleted', () => {
    const cache = createExpiringCache(createTestClock(), LIMITS);
    for (let round = 0; round < 100; round++) cache.set('one', round);
    expect(cache.bytes()).toBeLessThan(300);
    cache.del('one');
    cache.del('one');
    expect(cache.bytes()).toBe(0);
    cache.set('two', 2);
    cache.flushAll();
    expect([cache.bytes(), cache.get('two')]).toEqual([0, undefined]);
  });

  it('keeps copies: neither a change of the value nor the slab that a buffer was cut from lives on in it', () => {
    const cache = createExpiringCache(createTestClock(), LIMITS, {
      write: (value) => (value as Buffer).toString('base64'),
      read: (text) => Buffer.from(text, 'base64'),
    });
    const key = Buffer.from('a small key');
    expect(key.buffer.byteLength, 'Node cuts it from a slab').toBeGreaterThan(key.length);
    cache.set('key', key);
    key.fill(0);
    expect(cache.get<Buffer>('key')?.toString()).toBe('a small key');
    expect(cache.bytes()).toBeLessThan(300);
  });

  it('its timer keeps nothing of the one who set the value', async () => {
    const inNameOf = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const cache = createExpiringCache(
      {
        ...createTestClock(),
        after() {
          seen.push(inNameOf.getStore());
          return { cancel() {} };
        },
      },
      LIMITS,
    );
    inNameOf.run('a send with all that it has read', () => cache.set('key', 1));
    expect(seen).toEqual([undefined]);
  });
});
