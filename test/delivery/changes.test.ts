import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { ChannelError } from '../../src/channels/channel.js';
import { createChanges } from '../../src/delivery/changes.js';
import { createTestClock, settle, type TestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { openDelivery, type TestDelivery } from '../support/delivery.js';
import { createScriptedSender, type ScriptedSender } from '../support/scripted-sender.js';

const TTL_MS = 300_000;

describe('the news about jobs', () => {
  it('reaches everyone who asked for it, until they have heard enough', () => {
    const changes = createChanges();
    const heard: string[] = [];
    changes.notify();
    const stop = changes.subscribe(() => heard.push('first'));
    const same = () => heard.push('second');
    changes.subscribe(same);
    const stopSame = changes.subscribe(same);
    changes.notify();
    expect(heard).toEqual(['first', 'second', 'second']);
    stop();
    stop();
    stopSame();
    changes.notify();
    expect(heard).toEqual(['first', 'second', 'second', 'second']);
  });
});

describe('the delivery tells those who look', () => {
  let database: Database;
  let clock: TestClock;
  let sender: ScriptedSender;
  let delivery: TestDelivery;
  let news: number;

  const request = () => delivery.request('+201001234567');

  /** How much news this makes. */
  async function newsOf(act: () => Promise<unknown>): Promise<number> {
    await settle();
    const before = news;
    await act();
    await settle();
    return news - before;
  }

  beforeEach(async () => {
    database = await openTestDatabase();
    clock = createTestClock();
    sender = createScriptedSender(clock);
    delivery = openDelivery({
      database,
      sender,
      clock,
      settings: { minSendDelayMs: 0, maxSendDelayMs: 0 },
    });
    await delivery.start();
    news = 0;
    delivery.changes.subscribe(() => {
      news++;
    });
  });
  afterEach(async () => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
    await database.close();
  });

  it('nothing while nothing happens', async () => {
    expect(await newsOf(() => clock.advance(120_000))).toBe(0);
  });

  it('when a code comes in, is claimed, sent, delivered and read', async () => {
    await delivery.control.pause();
    let id = 0;
    const created = async () => {
      id = await request();
    };
    expect(await newsOf(created)).toBe(1);
    const status = async () => (await delivery.jobs.find(id))?.status;
    // The pause ended; the job was claimed.
    expect(await newsOf(() => delivery.control.resume())).toBe(2);
    expect(await status()).toBe('processing');
    expect(await newsOf(() => clock.advance(500))).toBe(1);
    expect(await status()).toBe('sent');
    const [sent] = sender.written;
    const report = async (kind: 'delivered' | 'read', messageId = sent?.messageId ?? '') =>
      sender.report({ messageId, kind, at: clock.now() });
    expect(await newsOf(() => report('delivered'))).toBe(1);
    expect(await newsOf(() => report('read'))).toBe(1);
    expect(await newsOf(() => report('read', '3EB0000000000000000000'))).toBe(0);
  });

  it('when an attempt fails, and when an operator retries', async () => {
    sender.answer = () =>
      Promise.reject(new ChannelError('reject', 'rejected_by_whatsapp', 'WhatsApp refused it (400).', false));
    const id = await request();
    await settle();
    expect((await delivery.jobs.find(id))?.status).toBe('failed');
    expect(news).toBe(3);
    sender.answer = () => new Promise(() => {});
    // Back in the queue, and claimed again.
    expect(await newsOf(() => delivery.jobs.retry(id))).toBe(2);
  });

  it('when a code expires', async () => {
    await delivery.control.pause();
    const id = await request();
    expect(await newsOf(() => clock.advance(TTL_MS - 40_000))).toBe(0);
    expect(await newsOf(() => clock.advance(40_000))).toBe(1);
    expect((await delivery.jobs.find(id))?.status).toBe('expired');
  });

  it('when sending is paused and resumed, but not when it was so already', async () => {
    expect(await newsOf(() => delivery.control.resume())).toBe(0);
    expect(await newsOf(() => delivery.control.pause())).toBe(1);
    expect(await newsOf(() => delivery.control.pause())).toBe(0);
    expect(await newsOf(() => delivery.control.resume())).toBe(1);
  });

  it('only of what is stored already', async () => {
    const seen: (string | undefined)[] = [];
    delivery.changes.subscribe(() => {
      void delivery.jobs.find(1).then((job) => seen.push(job?.status));
    });
    await request();
    await clock.advance(600);
    expect(seen.at(0)).not.toBeUndefined();
    expect(seen.at(-1)).toBe('sent');
  });
});
