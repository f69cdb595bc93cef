import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { SenderStatus } from '../../src/channels/sender.js';
import { openTestDatabase } from '../support/databases.js';
import { type Codes, createCodes } from './codes.js';

describe('the readiness', () => {
  let database: Database;
  let codes: Codes;

  beforeEach(async () => {
    database = await openTestDatabase();
    codes = createCodes(database);
  });
  afterEach(async () => {
    await codes.stop();
    await database.close();
  });

  const lost = (change: Partial<SenderStatus>) => ({ openSince: null, ...change });

  it('has nothing to add when a code would go out at once', () => {
    expect(codes.readiness.check()).toEqual({ ready: true, state: 'READY', note: null });
  });

  it.each<[string, Partial<SenderStatus>]>([
    ['sender_not_paired', lost({ state: 'QR_REQUIRED', need: 'pairing', paired: false, me: null })],
    ['sender_logged_out', lost({ state: 'LOGGED_OUT', need: 'logged_out' })],
    ['sender_banned', lost({ state: 'BANNED', need: 'banned' })],
    ['sender_conflict', lost({ state: 'CONFLICT', need: 'conflict' })],
    ['sender_unavailable', lost({ state: 'DISCONNECTED', need: 'session_corrupt' })],
    ['sender_disconnected', { state: 'DISCONNECTED', openSince: null }],
    ['sender_disconnected', { state: 'CONNECTING', openSince: null }],
  ])('says %s, and not what exactly went wrong', (code, change) => {
    const detail = 'The stored session is damaged.';
    codes.sender.set({ ...change, detail });
    const report = codes.readiness.check();
    expect(report).toMatchObject({ ready: false, state: change.state, code });
    if (report.ready) throw new Error('ready');
    expect(report.reason).toMatch(/^[A-Z].*\.$/);
    expect(report.reason).not.toContain(detail);
    expect(report.retryAfterSeconds).toBe(change.need ? 60 : 5);
  });

  it('says queue_full when a new code would come too late, and for how long', async () => {
    for (let n = 10; n < 28; n++) await codes.request(null, { recipient: `+2010012345${n}` });
    const report = codes.readiness.check();
    // Eighteen cycles of 13 s and some bad luck (2.5 deviations: 46 s), against the 270 s in which a code must go out.
    expect(report).toMatchObject({ ready: false, code: 'queue_full', retryAfterSeconds: 10 });
    codes.sender.set({ state: 'DISCONNECTED', openSince: null });
    expect(codes.readiness.check()).toMatchObject({ ready: false, code: 'sender_disconnected' });
  });

  it('says paused while an operator holds the queue', async () => {
    await codes.delivery.control.pause();
    expect(codes.readiness.check()).toMatchObject({
      ready: false,
      code: 'sending_paused',
      retryAfterSeconds: 60,
    });
    await codes.delivery.control.resume();
    expect(codes.readiness.check()).toMatchObject({ ready: true });
  });

  it('says store_unavailable until the store takes something again, asked for or not', async () => {
    await codes.delivery.start();
    const repair = await codes.breakStore();
    await codes.request().catch(() => {});
    await codes.clock.advance(10_000);
    expect(codes.readiness.check()).toMatchObject({ ready: false, code: 'store_unavailable' });
    await repair();
    await codes.clock.advance(4_000);
    expect(codes.readiness.check()).toMatchObject({ ready: true });
  });

  it('stays ready while the sender is restricted, and says for whom', () => {
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: codes.clock.now() + 3_600_000 });
    expect(codes.readiness.check()).toEqual({
      ready: true,
      state: 'RESTRICTED',
      note: expect.stringContaining('only people who have written to it'),
    });
  });
});
