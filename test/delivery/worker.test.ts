import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { ChannelError } from '../../src/channels/channel.js';
import { createTestClock, settle, type TestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { openDelivery, type TestDelivery, type TestDeliverySettings } from '../support/delivery.js';
import { reach } from '../support/reach.js';
import { createScriptedSender, type ScriptedSender } from '../support/scripted-sender.js';

describe('the delivery', () => {
  let database: Database;
  let clock: TestClock;
  let sender: ScriptedSender;
  let delivery: TestDelivery;

  async function start(change: Partial<TestDeliverySettings> = {}): Promise<void> {
    const ttlMs = change.ttlMs ?? 300_000;
    delivery = openDelivery({
      database,
      sender,
      clock,
      settings: { maxWaitMs: ttlMs * 0.8, ...change },
      random: (min, max) => (min + max) / 2,
    });
    await delivery.start();
  }

  async function request(recipient = '+201001234567', ttlMs = 300_000): Promise<number> {
    const jobId = await delivery.request(recipient, { ttlMs });
    await settle();
    return jobId;
  }

  const statusOf = async (jobId: number) => (await delivery.jobs.find(jobId))?.status;

  beforeEach(async () => {
    database = await openTestDatabase();
    clock = createTestClock();
    sender = createScriptedSender(clock);
  });
  afterEach(async () => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    await database.close();
  });

  it('sends at once when the number is idle', async () => {
    await start();
    const id = await request();
    expect(sender.written).toHaveLength(1);
    expect(sender.written[0]?.at).toBe(clock.now());
    await clock.advance(500);
    expect(await statusOf(id)).toBe('sent');
  });

  it('leaves the random gap between two sends, counted from the end of the first', async () => {
    await start();
    const startedAt = clock.now();
    for (const n of [1, 2, 3]) await request(`+20100123450${n}`);
    await clock.advance(60_000);
    expect(sender.written.map(({ at }) => at - startedAt)).toEqual([0, 13_000, 26_000]);
  });

  it('needs no polling when there is no gap', async () => {
    await start({ minSendDelayMs: 0, maxSendDelayMs: 0 });
    for (let n = 10; n < 30; n++) await request(`+2010012345${n}`);
    await clock.advance(20 * 500);
    expect(sender.written).toHaveLength(20);
  });

  it('waits for a sender that is reconnecting, and goes on when it is back', async () => {
    await start();
    sender.set({ state: 'DISCONNECTED', openSince: null, nextAttemptAt: clock.now() + 7_000 });
    const id = await request();
    await clock.advance(30_000);
    expect(await statusOf(id)).toBe('pending');
    sender.set({ state: 'READY', openSince: clock.now(), nextAttemptAt: null });
    await clock.advance(600);
    expect(await statusOf(id)).toBe('sent');
  });

  it('takes codes that the next attempt to reconnect may still serve, and says how long they take', async () => {
    await start({ maxWaitMs: Number.POSITIVE_INFINITY });
    sender.set({ state: 'DISCONNECTED', openSince: null, nextAttemptAt: clock.now() + 200_000 });
    expect(await delivery.admit('+201001234567')).toBe(200_000);
    sender.set({ nextAttemptAt: clock.now() + 280_000 });
    await expect(delivery.admit('+201001234567')).rejects.toMatchObject({
      code: 'sender_disconnected',
      options: { retryAfterSeconds: 280 },
    });
  });

  it('lets no number that waits for the end of a restriction stand in the way of a known one', async () => {
    await start();
    await reach(database.store, clock.now(), '+201001234501');
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 60_000 });
    const cold: number[] = [];
    const refused: string[] = [];
    for (let n = 10; n < 60; n++) {
      await request(`+2010012345${n}`).then(
        (id) => cold.push(id),
        (error) => refused.push(error.code),
      );
    }
    expect(delivery.obstacle()).toBeNull();
    const warm = await request('+201001234501');
    await clock.advance(1_000);
    expect(await statusOf(warm)).toBe('sent');
    // They go out one after the other when it ends: no more are accepted than can.
    expect(cold.length).toBeGreaterThan(8);
    expect(new Set(refused)).toEqual(new Set(['queue_full']));
    await clock.advance(59_000);
    sender.set({ state: 'READY', restrictedUntil: null });
    await clock.advance(240_000);
    for (const id of cold) expect(await statusOf(id)).toBe('sent');
  });

  it('does not promise a second code within 20 seconds when the gap alone may take them', async () => {
    await start({ ttlMs: 20_000, maxWaitMs: 16_000 });
    await request('+201001234501', 20_000);
    await expect(delivery.admit('+201001234502')).rejects.toMatchObject({ code: 'queue_full' });
  });

  it('refuses codes with the reason when a person has to act first', async () => {
    await start();
    for (const [change, code] of [
      [{ state: 'QR_REQUIRED', need: 'pairing', paired: false, me: null }, 'sender_not_paired'],
      [{ state: 'BANNED', need: 'banned', paired: true }, 'sender_banned'],
      [{ state: 'CONFLICT', need: 'conflict' }, 'sender_conflict'],
      [{ state: 'LOGGED_OUT', need: 'logged_out' }, 'sender_logged_out'],
    ] as const) {
      sender.set({ openSince: null, ...change });
      await expect(delivery.admit('+201001234567')).rejects.toMatchObject({
        code,
        options: { retryAfterSeconds: 60 },
      });
    }
  });

  it('refuses codes that could not arrive in time, and delivers all that it accepted', async () => {
    await start();
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) => request(`+2010012340${String(n).padStart(2, '0')}`)),
    );
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(accepted.length).toBeGreaterThan(12);
    expect(accepted.length).toBeLessThan(24);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'queue_full' });
    expect(refused?.reason.options.retryAfterSeconds).toBeGreaterThan(0);
    await clock.advance(300_000);
    for (const id of accepted) expect(await statusOf(id)).toBe('sent');
  });

  it('keeps its proportions when codes live 20 seconds', async () => {
    const ttlMs = 20_000;
    await start({ ttlMs, maxWaitMs: ttlMs * 0.8, minSendDelayMs: 1_000, maxSendDelayMs: 2_000 });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => request(`+2010012340${String(n).padStart(2, '0')}`, ttlMs)),
    );
    const accepted = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(accepted.length).toBeGreaterThan(5);
    expect(accepted.length).toBeLessThan(10);
    await clock.advance(ttlMs);
    for (const id of accepted) expect(await statusOf(id)).toBe('sent');
  });

  it('takes a message again with the same id when the connection broke before the ack', async () => {
    await start();
    sender.answer = async () => {
      sender.set({ state: 'DISCONNECTED', openSince: null, nextAttemptAt: clock.now() + 1_000 });
      throw new ChannelError('wait', 'not_connected', 'The connection broke.', true);
    };
    const id = await request();
    sender.answer = async () => clock.now();
    await clock.advance(1_000);
    sender.set({ state: 'READY', openSince: clock.now(), nextAttemptAt: null });
    await clock.advance(1_000);
    expect(sender.written).toHaveLength(1);
    await clock.advance(20_000);
    expect(sender.written).toHaveLength(2);
    expect(new Set(sender.written.map(({ messageId }) => messageId)).size).toBe(1);
    expect(await statusOf(id)).toBe('sent');
  });

  it('sends nothing again when a receipt comes after the reconnect', async () => {
    await start();
    sender.answer = async () => {
      sender.set({ state: 'DISCONNECTED', openSince: null, nextAttemptAt: clock.now() + 1_000 });
      throw new ChannelError('wait', 'not_connected', 'The connection broke.', true);
    };
    const id = await request();
    sender.set({ state: 'READY', openSince: clock.now(), nextAttemptAt: null });
    sender.report({ messageId: sender.written[0]?.messageId ?? '', kind: 'delivered', at: clock.now() });
    await clock.advance(60_000);
    expect(sender.written).toHaveLength(1);
    expect(await delivery.jobs.find(id)).toMatchObject({ status: 'sent', deliveredAt: expect.any(Number) });
  });

  it('never calls a message sent because time has passed, and lets others overtake it', async () => {
    await start();
    sender.answer = () => new Promise(() => {});
    const silent = await request('+201001234501');
    sender.answer = async () => clock.now();
    const other = await request('+201001234502');
    await clock.advance(60_000);
    expect(await statusOf(silent)).toBe('processing');
    expect(await statusOf(other)).toBe('sent');
    await clock.advance(300_000);
    expect(await delivery.jobs.find(silent)).toMatchObject({
      status: 'expired',
      error: { code: 'unconfirmed' },
    });
    expect(sender.written).toHaveLength(2);
  });

  it('takes a late ack for what it is', async () => {
    await start();
    let ack: (at: number) => void = () => {};
    sender.answer = () =>
      new Promise((resolve) => {
        ack = resolve;
      });
    const id = await request();
    await clock.advance(40_000);
    ack(clock.now());
    await clock.advance(10);
    expect(await statusOf(id)).toBe('sent');
  });

  it('tries again with growing waits after transport faults, then gives up', async () => {
    await start({ minSendDelayMs: 0, maxSendDelayMs: 0 });
    const startedAt = clock.now();
    sender.send = async () => {
      sender.written.push({ messageId: '', recipient: '', text: '', at: clock.now() - startedAt });
      throw new ChannelError('retry', 'transport', 'A query timed out.', false);
    };
    const id = await request();
    await clock.advance(60_000);
    expect(sender.written.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
    expect(await delivery.jobs.find(id)).toMatchObject({
      status: 'failed',
      error: { code: 'attempts_exhausted' },
    });
  });

  it('never tries again what WhatsApp rejected', async () => {
    await start();
    sender.answer = async () => {
      throw new ChannelError('reject', 'reach_out_restricted', 'Error 463.', true);
    };
    const id = await request();
    await clock.advance(100_000);
    expect(sender.written).toHaveLength(1);
    expect(await delivery.jobs.find(id)).toMatchObject({
      status: 'failed',
      error: { code: 'reach_out_restricted', message: expect.stringMatching(/463/) },
    });
  });

  it('serves people within reach and refuses all others while restricted', async () => {
    await start({ minSendDelayMs: 0, maxSendDelayMs: 0 });
    await request('+201001234502');
    await clock.advance(1_000);
    await reach(database.store, clock.now(), '+201001234501');
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 3_600_000 });
    await expect(request('+201001234502')).rejects.toMatchObject({
      code: 'sender_restricted',
      options: { retryAfterSeconds: 3_600 },
    });
    const warm = await request('+201001234501');
    await clock.advance(1_000);
    expect(await statusOf(warm)).toBe('sent');
    expect(sender.written).toHaveLength(2);
  });

  it('keeps a cold code for a restriction that ends in time, without blocking one within reach', async () => {
    await start({ minSendDelayMs: 0, maxSendDelayMs: 0 });
    await reach(database.store, clock.now(), '+201001234501');
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 60_000 });
    const cold = await request('+201001234502');
    const warm = await request('+201001234501');
    await clock.advance(5_000);
    expect([await statusOf(cold), await statusOf(warm)]).toEqual(['pending', 'sent']);
    await clock.advance(55_000);
    sender.set({ state: 'READY', restrictedUntil: null });
    await clock.advance(1_000);
    expect(await statusOf(cold)).toBe('sent');
  });

  it('sends a code that waits for the end of a restriction as soon as the person writes', async () => {
    await start({ minSendDelayMs: 0, maxSendDelayMs: 0 });
    sender.set({ state: 'RESTRICTED', restrictedUntil: clock.now() + 60_000 });
    const id = await request('+201001234502');
    await clock.advance(1_000);
    expect(await statusOf(id)).toBe('pending');
    await reach(database.store, clock.now(), '+201001234502');
    sender.reach('+201001234502');
    await clock.advance(1_000);
    expect(await statusOf(id)).toBe('sent');
  });

  it('sends nothing while paused and everything after', async () => {
    await start();
    await delivery.control.pause();
    const id = await request();
    await clock.advance(30_000);
    expect(await statusOf(id)).toBe('pending');
    await delivery.control.resume();
    await clock.advance(600);
    expect(await statusOf(id)).toBe('sent');
  });

  it('finishes the send in hand before it stops, and takes nothing new', async () => {
    await start();
    const first = await request('+201001234501');
    const second = await request('+201001234502');
    const stopped = delivery.stop();
    await clock.advance(600);
    await stopped;
    expect([await statusOf(first), await statusOf(second)]).toEqual(['sent', 'pending']);
  });

  it('says how long a code will take', async () => {
    await start();
    expect(await delivery.admit('+201001234501')).toBeLessThan(1_000);
    expect(await delivery.admit('+201001234502')).toBeGreaterThan(12_000);
    expect(delivery.obstacle()).toBeNull();
  });
});
