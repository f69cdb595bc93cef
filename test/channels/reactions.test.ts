import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { type Close, lossBy, reactionTo } from '../../src/channels/whatsapp/close-codes.js';
import type { Session } from '../../src/channels/whatsapp/session/session.js';
import type { Sessions } from '../../src/channels/whatsapp/session/sessions.js';
import { closeOf } from '../../src/channels/whatsapp/socket/close-reason.js';
import { watch } from '../../src/channels/whatsapp/socket/watchdog.js';
import { createQrRounds, type QrRounds } from '../../src/channels/whatsapp/state/qr-rounds.js';
import { createReactions, type Reactions } from '../../src/channels/whatsapp/state/reactions.js';
import { backoffDelayMs, createReconnects } from '../../src/channels/whatsapp/state/reconnects.js';
import { createStatusBoard, type StatusBoard } from '../../src/channels/whatsapp/state/status-board.js';
import { createTroubles } from '../../src/channels/whatsapp/state/troubles.js';
import { silentLog } from '../../src/log.js';
import { createTestClock, settle, type TestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { storedStatus } from './sender.js';

const MINUTE_MS = 60_000;

const close = (code: number | null, banEndsAt: number | null = null): Close => ({
  code,
  reason: 'x',
  banEndsAt,
});

describe('the close codes', () => {
  it.each([
    [515, 'restart'],
    [401, 'pair_again'],
    [402, 'wait_out_ban'],
    [403, 'stop'],
    [405, 'stop'],
    [406, 'stop'],
    [409, 'stop'],
    [411, 'stop'],
    [440, 'stop'],
    [408, 'retry'],
    [428, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [516, 'retry'],
    [null, 'retry'],
  ])('%s: %s', (code, act) => expect(reactionTo(code).act).toBe(act));

  it('only a logout and a ban decide the fate of a message under way', () => {
    expect(lossBy(401)).toEqual({ kind: 'reject', failure: 'sender_logged_out' });
    expect(lossBy(403)).toEqual({ kind: 'reject', failure: 'sender_banned' });
    for (const code of [408, 428, 440, 500, 503, 515, null]) expect(lossBy(code).kind).toBe('wait');
  });

  it('are read from the errors with which Baileys ends', () => {
    const boom = (statusCode: number, data?: unknown) =>
      Object.assign(new Error('Stream Errored (x)'), { output: { statusCode }, data });
    expect(closeOf(boom(428), 0)).toMatchObject({ code: 428, reason: '428 Stream Errored (x)' });
    expect(closeOf(new Error('garbage'), 0)).toMatchObject({ code: null, reason: 'garbage' });
    expect(closeOf(undefined, 0)).toMatchObject({ code: null, banEndsAt: null });
    const conflict = (type: string) => ({ tag: 'conflict', attrs: { type } });
    expect(closeOf(boom(440, conflict('replaced')), 0).code).toBe(440);
    expect(closeOf(boom(440, conflict('device_removed')), 0).code).toBe(401);
    expect(closeOf(boom(402, { expire: '3600' }), 1_000).banEndsAt).toBe(3_601_000);
    expect(closeOf(boom(402, { expire: '1800000000' }), 1_000).banEndsAt).toBe(1_800_000_000_000);
    expect(closeOf(boom(402, { expire: 'soon' }), 1_000).banEndsAt).toBeNull();
  });
});

describe('the backoff', () => {
  it('starts exactly where the operator says, doubles give or take a fifth, and ends at five minutes', () => {
    expect(backoffDelayMs(1, 7_000)).toBe(7_000);
    for (let round = 0; round < 50; round++) {
      expect(backoffDelayMs(2, 7_000)).toBeGreaterThanOrEqual(11_200);
      expect(backoffDelayMs(2, 7_000)).toBeLessThanOrEqual(16_800);
      expect(backoffDelayMs(3, 7_000)).toBeGreaterThanOrEqual(22_400);
      expect(backoffDelayMs(40, 7_000)).toBeGreaterThanOrEqual(4 * MINUTE_MS);
      expect(backoffDelayMs(40, 7_000)).toBeLessThanOrEqual(5 * MINUTE_MS);
    }
  });

  it('counts attempts from a connection that opened', () => {
    const retries = createReconnects({ initialRetryDelayMs: 1_000, maxRetries: 2 });
    retries.failed(428, 0);
    retries.failed(428, 0);
    expect(retries.exhausted()).toBe(false);
    retries.opened();
    retries.failed(428, 0);
    expect(retries.failed(428, 0)).toBeGreaterThanOrEqual(1_600);
    expect(retries.exhausted()).toBe(false);
    retries.failed(428, 0);
    expect(retries.exhausted()).toBe(true);
    retries.reset();
    expect(retries.exhausted()).toBe(false);
    expect(retries.failed(428, 0)).toBe(1_000);
  });

  it('is small again after a connection that had logged in, however long WhatsApp was away before', () => {
    const retries = createReconnects({ initialRetryDelayMs: 7_000, maxRetries: 5 });
    for (let attempt = 0; attempt < 9; attempt++) retries.failed(408, 0);
    retries.opened();
    expect(retries.failed(428, 0)).toBe(7_000);
  });

  it('grows gently over connections that log in and do not hold, and starts anew with a stable one', () => {
    const retries = createReconnects({ initialRetryDelayMs: 7_000, maxRetries: 5 });
    const dropped = () => {
      retries.opened();
      return retries.failed(428, 0);
    };
    for (let round = 0; round < 50; round++) {
      const delays = Array.from({ length: 7 }, dropped);
      expect(delays[0]).toBe(7_000);
      expect(delays[1]).toBeGreaterThanOrEqual(8_400);
      expect(delays.at(-1)).toBeGreaterThanOrEqual(24_000);
      expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
      expect(delays.reduce((sum, ms) => sum + ms)).toBeLessThan(3 * MINUTE_MS);
      retries.reset();
    }
  });

  it('is half a minute at least when WhatsApp is unavailable again', () => {
    const retries = createReconnects({ initialRetryDelayMs: 100, maxRetries: 5 });
    expect(retries.failed(503, 30_000)).toBe(100);
    expect(retries.failed(428, 0)).toBeLessThan(1_000);
    expect(retries.failed(503, 30_000)).toBe(30_000);
    retries.reset();
    expect(retries.failed(503, 30_000)).toBe(100);
  });
});

describe('reactions', () => {
  let database: Database;
  let clock: TestClock;
  let board: StatusBoard;
  let rounds: QrRounds;
  let reactions: Reactions;
  let delays: number[];
  let discarded: number;

  beforeEach(async () => {
    clock = createTestClock();
    database = await openTestDatabase();
    board = createStatusBoard({ store: database.store, clock, log: silentLog, account: 'default' });
    await board.load();
    rounds = createQrRounds(clock);
    delays = [];
    discarded = 0;
    reactions = createReactions({
      board,
      clock,
      log: silentLog,
      retries: createReconnects({ initialRetryDelayMs: 7_000, maxRetries: 5 }),
      rounds,
      sessions: { discard: async () => void discarded++ } as Partial<Sessions> as Sessions,
      troubles: createTroubles({ board, clock, log: silentLog }),
      connectAfter: (ms) => delays.push(ms),
    });
  });

  afterEach(async () => {
    await board.written();
    await database.close();
  });

  const ended = (isPaired: boolean, wasPairing = false) => ({
    session: { isPaired: () => isPaired } as Partial<Session> as Session,
    wasPairing,
  });

  it('a second request to restart within a minute is not obeyed at once', async () => {
    reactions.closed(close(515), ended(true));
    reactions.opened();
    reactions.closed(close(515), ended(true));
    expect(delays).toEqual([0, 7_000]);
    await clock.advance(MINUTE_MS + 1);
    reactions.closed(close(515), ended(true));
    expect(delays.at(-1)).toBe(0);
    reactions.closed(close(515), ended(true, true));
    expect(delays.at(-1), 'right after a pairing').toBe(0);
  });

  it('a request to restart after every opening leads to few attempts', async () => {
    let attempts = 0;
    for (const until = clock.now() + 60 * MINUTE_MS; clock.now() < until; attempts++) {
      reactions.opened();
      reactions.closed(close(515), ended(true));
      await clock.advance(delays.at(-1) ?? 0);
    }
    expect(attempts).toBeLessThan(40);
  });

  it('a status that could not be written is written again five seconds later', async () => {
    await sql`ALTER TABLE service_status RENAME TO away`.execute(database.store);
    reactions.closed(close(403), ended(true));
    await board.written();
    await sql`ALTER TABLE away RENAME TO service_status`.execute(database.store);
    await clock.advance(4_999);
    expect((await storedStatus(database)).state).toBe('CONNECTING');
    await clock.advance(1);
    await board.written();
    expect((await storedStatus(database)).state).toBe('BANNED');
  });

  it('401 without a session is a failed attempt, not a logout', async () => {
    reactions.closed(close(401), ended(false));
    await settle();
    expect({ delays, discarded }).toEqual({ delays: [7_000], discarded: 0 });
    reactions.closed(close(401), ended(true));
    await settle();
    expect(discarded).toBe(1);
    expect(board.now().state).toBe('LOGGED_OUT');
  });

  it('a ban without an end is looked at again after an hour', () => {
    reactions.closed(close(402), ended(true));
    expect(delays).toEqual([60 * MINUTE_MS]);
    expect(board.status()).toMatchObject({ state: 'BANNED', needsPerson: true });
  });

  it('QR codes that ran out are no fault: the next round waits for its time', () => {
    rounds.began();
    reactions.closed(close(408), ended(false, true));
    expect(board.status()).toMatchObject({ state: 'QR_REQUIRED', qr: null, needsPerson: true });
    expect(delays).toEqual([5 * MINUTE_MS]);
  });

  it('a lost connection while nothing was shown is a fault as always', () => {
    reactions.closed(close(408), ended(false));
    expect(board.now().state).toBe('DISCONNECTED');
  });

  it('an unattended hour has at most twelve rounds, an attended one follows at once', async () => {
    let begun = 0;
    for (const until = clock.now() + 60 * MINUTE_MS; clock.now() < until; begun++) {
      rounds.began();
      await clock.advance(160_000);
      await clock.advance(rounds.ended());
    }
    expect(begun).toBe(12);
    rounds.began();
    await clock.advance(160_000);
    rounds.attend();
    await clock.advance(20_000);
    expect(rounds.ended()).toBe(0);
    expect(rounds.isWaiting()).toBe(true);
  });
});

describe('the watchdog', () => {
  function watched() {
    const clock = createTestClock();
    const state = { open: false, pairing: false, lastFrameAt: clock.elapsed(), pings: 0, failed: '' };
    const stop = watch(
      {
        isOpen: () => state.open,
        isPairing: () => state.pairing,
        lastFrameAt: () => state.lastFrameAt,
        ping: () => void state.pings++,
        fail: (reason) => {
          state.failed = reason;
        },
      },
      clock,
      15_000,
    );
    return { clock, state, stop };
  }

  it('ends a connection that neither opens nor shows a QR code', async () => {
    const { clock, state } = watched();
    await clock.advance(59_000);
    expect(state.failed).toBe('');
    await clock.advance(1_000);
    expect(state.failed).toContain('did not open');
  });

  it('lets one wait for its scan', async () => {
    const { clock, state } = watched();
    state.pairing = true;
    await clock.advance(30 * MINUTE_MS);
    expect(state).toMatchObject({ failed: '', pings: 0 });
  });

  it('probes a silent connection before it gives it up', async () => {
    const { clock, state } = watched();
    state.open = true;
    await clock.advance(15_000);
    expect(state.pings).toBe(1);
    state.lastFrameAt = clock.elapsed();
    await clock.advance(25_000);
    expect(state).toMatchObject({ failed: '', pings: 2 });
    await clock.advance(10_000);
    expect(state.failed).toContain('no longer answers');
  });

  it('stops when told to', async () => {
    const { clock, state, stop } = watched();
    state.open = true;
    stop();
    await clock.advance(10 * MINUTE_MS);
    expect(state).toMatchObject({ failed: '', pings: 0 });
  });
});
