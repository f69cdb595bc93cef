import { describe, expect, it, onTestFinished } from 'vitest';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { createWorld, TTL_MS } from './world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOTHING = {
  sent: 0,
  delivered: 0,
  failed: 0,
  expired: 0,
  deliveryRate: null,
  medianToHandsetMs: null,
};

describe.each(DATABASES)('the figures on %s', (kind) => {
  async function start() {
    const database = await openTestDatabase(kind);
    onTestFinished(() => database.close());
    const world = createWorld(database);
    /** A code that reaches the handset after so long. */
    const deliver = async (tookMs: number) => {
      await world.add();
      const job = await world.claim();
      await world.receipt(job, 'accepted');
      await world.receipt(job, 'delivered', world.clock.now() + tookMs);
    };
    return { ...world, deliver };
  }

  it('of an empty table are zeros, not made up rates', async () => {
    const { stats } = await start();
    expect(await stats.overview()).toEqual({
      counts: { pending: 0, processing: 0, sent: 0, failed: 0, expired: 0, canceled: 0 },
      oldestWaitingAt: null,
      projectedWaitMs: 7,
      lastHour: NOTHING,
      lastDay: NOTHING,
      coldOfDay: 0,
    });
    expect((await stats.series('day')).sent).toEqual(Array.from({ length: 48 }, () => 0));
  });

  it('tell the delivery rate and the median time to the handset of the last hour and the last day', async () => {
    const world = await start();
    for (const tookMs of [1_234, 2_345, 90_000]) await world.deliver(tookMs);
    await world.clock.advance(2 * HOUR_MS);
    await world.deliver(345);
    await world.add();
    await world.receipt(await world.claim(), 'accepted');
    await world.failed();
    const { lastHour, lastDay } = await world.stats.overview();
    expect(lastHour).toEqual({
      sent: 2,
      delivered: 1,
      failed: 1,
      expired: 0,
      deliveryRate: 1 / 3,
      medianToHandsetMs: 340,
    });
    expect(lastDay).toEqual({
      sent: 5,
      delivered: 4,
      failed: 1,
      expired: 0,
      deliveryRate: 4 / 6,
      medianToHandsetMs: 1_200,
    });
  });

  it('count what expired as not delivered, and a superseded code as nothing', async () => {
    const world = await start();
    await world.add();
    await world.add();
    await world.clock.advance(TTL_MS);
    await world.sweep.expire();
    expect((await world.stats.overview()).lastHour).toEqual({ ...NOTHING, expired: 1, deliveryRate: 0 });
  });

  it('leave mails out, whose delivery nobody reports', async () => {
    const world = await start();
    await world.deliver(1_000);
    const { store } = world;
    const mail = () => store.updateTable('jobs').set({ channel: 'email' }).where('status', '=', 'pending');
    await world.add('asha@example.com');
    await mail().execute();
    await store
      .updateTable('jobs')
      .set({ status: 'sent', sent_at: world.clock.now(), finished_at: world.clock.now() })
      .where('channel', '=', 'email')
      .execute();
    await world.add('bert@example.com');
    await mail().execute();
    await store
      .updateTable('jobs')
      .set({ status: 'failed', finished_at: world.clock.now() })
      .where('recipient', '=', 'bert@example.com')
      .execute();
    const { counts, lastHour } = await world.stats.overview();
    expect(counts).toMatchObject({ sent: 2, failed: 1 });
    expect(lastHour).toMatchObject({ sent: 1, delivered: 1, failed: 0, deliveryRate: 1 });
    await store
      .updateTable('jobs')
      .set({ status: 'sent', sent_at: world.clock.now() })
      .where('recipient', '=', 'bert@example.com')
      .execute();
    expect((await world.stats.overview()).lastHour).toEqual(lastHour);
  });

  it('take a failure back when the job is retried, or when the message arrived after all', async () => {
    const world = await start();
    const retried = await world.failed('+201001234501');
    await world.add('+201001234502');
    const late = await world.claim();
    await world.fail(late);
    expect((await world.stats.overview()).lastHour.failed).toBe(2);
    await world.jobs.retry(retried);
    await world.receipt(late, 'delivered');
    expect((await world.stats.overview()).lastHour).toMatchObject({ sent: 1, delivered: 1, failed: 0 });
  });

  it('let five minutes at a time drop out of the last hour', async () => {
    const world = await start();
    await world.deliver(1_000);
    await world.clock.advance(HOUR_MS - 5 * MINUTE_MS);
    expect((await world.stats.overview()).lastHour.sent).toBe(1);
    await world.clock.advance(5 * MINUTE_MS);
    const { lastHour, lastDay } = await world.stats.overview();
    expect([lastHour.sent, lastDay.sent]).toEqual([0, 1]);
    await world.clock.advance(23 * HOUR_MS);
    expect((await world.stats.overview()).lastDay).toEqual(NOTHING);
  });

  it('tell since when the oldest job waits', async () => {
    const world = await start();
    const since = world.clock.now();
    await world.add('+201001234501');
    await world.clock.advance(5_000);
    await world.add('+201001234502');
    expect((await world.stats.overview()).oldestWaitingAt).toBe(since);
    await world.claim();
    expect((await world.stats.overview()).oldestWaitingAt).toBe(since + 5_000);
  });

  it('are a series of equal steps whose last one is running', async () => {
    const world = await start();
    await world.deliver(1_000);
    await world.clock.advance(37 * MINUTE_MS);
    await world.failed();
    await world.add();
    await world.clock.advance(TTL_MS);
    await world.sweep.expire();
    const beginning = Date.parse('2026-01-01T00:00:00Z');

    for (const [range, steps, stepMs] of [
      ['hour', 12, 5 * MINUTE_MS],
      ['day', 48, 30 * MINUTE_MS],
      ['week', 84, 2 * HOUR_MS],
    ] as const) {
      const series = await world.stats.series(range);
      expect(series.stepMs).toBe(stepMs);
      expect(series.at).toHaveLength(steps);
      const last = Math.floor(world.clock.now() / stepMs) * stepMs;
      expect(series.at.at(-1)).toBe(last);
      expect(series.at[0]).toBe(last - (steps - 1) * stepMs);
      const step = (at: number) => series.at.findIndex((begin) => at >= begin && at < begin + stepMs);
      expect(series.sent[step(beginning)]).toBe(1);
      expect(series.delivered[step(beginning)]).toBe(1);
      expect(series.failed.reduce((sum, value) => sum + value)).toBe(2);
      expect(series.failed.at(-1)).toBeGreaterThanOrEqual(1);
    }
  });
});
