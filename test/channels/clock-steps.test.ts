import { afterEach, describe, expect, it, vi } from 'vitest';
import { createExpiringCache } from '../../src/channels/whatsapp/expiring-cache.js';
import { createRecipients } from '../../src/channels/whatsapp/people/recipients.js';
import { watch } from '../../src/channels/whatsapp/socket/watchdog.js';
import { systemClock } from '../../src/clock.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import { type Bench, createBench, failureOf, inState, message, storedStatus } from './sender.js';
import { closed, createStory } from './story.js';

const DAY_MS = 24 * 3_600_000;
const STEPS = [
  ['back', -DAY_MS],
  ['forward', DAY_MS],
] as const;

/** The system's clock, which a test may set. */
function createSettableClock() {
  let offset = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + offset,
    step(ms: number) {
      offset += ms;
    },
  };
}

describe.each(STEPS)('a clock that is set %s by a day', (_way, step) => {
  let bench: Bench;
  afterEach(() => bench?.close());

  it('changes nothing about when a lost connection is tried again, and since when it is lost', async () => {
    bench = await createBench();
    const clock = createSettableClock();
    const sender = await bench.paired({ clock, settings: { initialRetryDelayMs: 60_000 } });
    bench.whatsapp.faults.dropConnections();
    const { nextAttemptAt, troubleSince } = await inState(sender, 'DISCONNECTED');
    clock.step(step);
    const after = sender.status();
    expect(Math.abs((after.nextAttemptAt ?? 0) - (nextAttemptAt ?? 0) - step)).toBeLessThan(1_000);
    expect(Math.abs((after.troubleSince ?? 0) - (troubleSince ?? 0) - step)).toBeLessThan(1_000);
  });

  it('leaves a connection open since it opened, and a QR for as long as it is good', async () => {
    bench = await createBench();
    const clock = createSettableClock();
    const sender = await bench.sender({ clock });
    const { qrExpiresAt } = await inState(sender, 'QR_REQUIRED');
    await until('a QR', () => sender.status().qr);
    clock.step(step);
    const left = (sender.status().qrExpiresAt ?? 0) - clock.now();
    expect(left).toBeLessThanOrEqual(60_000);
    expect(left).toBeGreaterThan(0);
    expect(qrExpiresAt === null || qrExpiresAt > 0).toBe(true);
    await bench.whatsapp.phone(GATEWAY).scan(sender.status().qr ?? '');
    const { openSince } = await inState(sender, 'READY');
    clock.step(-step);
    expect(Math.abs((sender.status().openSince ?? 0) - (openSince ?? 0) + step)).toBeLessThan(1_000);
  });

  it('leaves a restriction without a stated end for its day, also over a restart', async () => {
    bench = await createBench();
    const clock = createSettableClock();
    let sender = await bench.paired({ clock });
    bench.whatsapp.phone(GATEWAY).restrict({ until: null });
    await inState(sender, 'RESTRICTED');
    clock.step(step);
    expect(sender.status().state).toBe('RESTRICTED');
    await until('the sender is restricted', () => sender.status().state === 'RESTRICTED');
    sender = await bench.sender({ clock });
    await inState(sender, 'RESTRICTED');
    const stored = await storedStatus(bench.database);
    expect(Math.abs((stored.restricted_at ?? 0) - clock.now())).toBeLessThan(60_000);
  });

  it('does not make a stated end lie further ahead', async () => {
    bench = await createBench();
    const clock = createSettableClock();
    const sender = await bench.paired({ clock });
    const leftMs = 2 * DAY_MS;
    bench.whatsapp.phone(GATEWAY).restrict({ until: Math.floor((Date.now() + leftMs) / 1000) * 1000 });
    await inState(sender, 'RESTRICTED');
    clock.step(step);
    const left = (sender.status().restrictedUntil ?? 0) - clock.now();
    expect(left).toBeLessThanOrEqual(leftMs);
    expect(left).toBeGreaterThanOrEqual(leftMs - DAY_MS - 60_000);
  });

  it('leaves rounds of QR codes five minutes apart, and attention half a minute long', async () => {
    const { clock, happens, attemptIn } = createStory();
    const ended = () => attemptIn(happens(closed(408, { isPaired: false, wasPairing: true })));
    happens({ type: 'connecting', isPaired: false, phone: null });
    clock.step(step);
    await clock.advance(60_000);
    expect(ended()).toBe(4 * 60_000);
    happens({ type: 'attended' });
    clock.step(step);
    await clock.advance(29_000);
    expect(ended()).toBe(0);
    await clock.advance(1_000);
    expect(ended()).toBeGreaterThan(0);
  });

  it('ends no connection that answers, and finds one that is deaf', async () => {
    const clock = createTestClock();
    let lastFrameAt = clock.elapsed();
    let answers = true;
    const fail = vi.fn();
    const ping = vi.fn(() => {
      if (answers) lastFrameAt = clock.elapsed();
    });
    const stop = watch(
      { isOpen: () => true, isPairing: () => false, lastFrameAt: () => lastFrameAt, ping, fail },
      clock,
      15_000,
    );
    await clock.advance(16_000);
    expect(ping).toHaveBeenCalledOnce();
    clock.step(step);
    await clock.advance(60_000);
    expect(fail).not.toHaveBeenCalled();
    answers = false;
    clock.step(step);
    await clock.advance(60_000);
    expect(fail).toHaveBeenCalledOnce();
    stop();
  });

  it('keeps what is cached as long as it is good', async () => {
    const clock = createTestClock();
    const cache = createExpiringCache(clock, { ttlMs: 60_000, maxBytes: 10_000 });
    cache.set('key', 'value');
    clock.step(step);
    await clock.advance(59_000);
    expect(cache.get('key')).toBe('value');
    await clock.advance(1_000);
    expect(cache.get('key')).toBeUndefined();
  });
});

it('a restriction without a stated end, written by a clock that was a day ahead, is over at the next start', async () => {
  const bench = await createBench();
  const clock = createSettableClock();
  clock.step(DAY_MS);
  let sender = await bench.paired({ clock });
  bench.whatsapp.faults.rules.refuseMessages.set({ code: 463, onlyCold: true });
  await failureOf(sender.send(message()));
  await sender.stop();
  sender = await bench.sender();
  await inState(sender, 'READY');
  await bench.close();
});

it.each(DATABASES)(
  'an answer about a number is asked for anew when its time lies ahead, on %s',
  async (kind) => {
    const database = await openTestDatabase(kind);
    const clock = createTestClock();
    const recipients = createRecipients(database.store, clock, 'default', () => {});
    await recipients.remember('+201001234561', null);
    await recipients.remember('+201001234562', { jid: '201001234562@s.whatsapp.net', lid: null });
    clock.step(-DAY_MS);
    expect(await recipients.find('+201001234561')).toMatchObject({ isFresh: false });
    // Good for a week: a day does not end it.
    expect(await recipients.find('+201001234562')).toMatchObject({ isFresh: true });
    clock.step(-DAY_MS);
    expect(await recipients.find('+201001234562')).toMatchObject({ isFresh: false });
    await database.close();
  },
);
