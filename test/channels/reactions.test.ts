import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { lossBy, reactionTo } from '../../src/channels/whatsapp/close-codes.js';
import { closeOf } from '../../src/channels/whatsapp/socket/close-reason.js';
import { watch } from '../../src/channels/whatsapp/socket/watchdog.js';
import {
  type Attempts,
  areUsedUp,
  backoffDelayMs,
  failed,
  firstAttempts,
  forgiven,
  opened,
} from '../../src/channels/whatsapp/state/attempts.js';
import { createStatusRow } from '../../src/channels/whatsapp/state/status-row.js';
import { silentLog } from '../../src/log.js';
import { createTestClock } from '../support/clock.js';
import { openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { storedStatus } from './sender.js';
import { closed, createStory } from './story.js';

const MINUTE_MS = 60_000;
const OPENED = { type: 'opened', phone: '+201000000001' } as const;

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
  const chances = Array.from({ length: 50 }, (_, round) => round / 50);

  /** Attempts that fail one after the other; returns the delay after each. */
  function createAttempts(initialRetryDelayMs: number, maxRetries: number, chance = 0.5) {
    let attempts: Attempts = firstAttempts({ initialRetryDelayMs, maxRetries });
    return {
      fails(code: number, minRepeatDelayMs = 0) {
        const after = failed(attempts, { code, minRepeatDelayMs, chance });
        attempts = after.attempts;
        return after.delayMs;
      },
      becomes(change: (attempts: Attempts) => Attempts) {
        attempts = change(attempts);
      },
      areUsedUp: () => areUsedUp(attempts),
    };
  }

  it('starts exactly where the operator says, doubles give or take a fifth, and ends at five minutes', () => {
    for (const chance of chances) {
      expect(backoffDelayMs(1, 7_000, chance)).toBe(7_000);
      expect(backoffDelayMs(2, 7_000, chance)).toBeGreaterThanOrEqual(11_200);
      expect(backoffDelayMs(2, 7_000, chance)).toBeLessThanOrEqual(16_800);
      expect(backoffDelayMs(3, 7_000, chance)).toBeGreaterThanOrEqual(22_400);
      expect(backoffDelayMs(40, 7_000, chance)).toBeGreaterThanOrEqual(4 * MINUTE_MS);
      expect(backoffDelayMs(40, 7_000, chance)).toBeLessThanOrEqual(5 * MINUTE_MS);
    }
    expect(backoffDelayMs(2, 7_000, 0)).toBe(11_200);
    expect(backoffDelayMs(2, 7_000, 0.5)).toBe(14_000);
    expect(backoffDelayMs(2, 7_000, 0.999)).toBe(16_800);
  });

  it('counts attempts from a connection that opened', () => {
    const attempts = createAttempts(1_000, 2, 0);
    attempts.fails(428);
    attempts.fails(428);
    expect(attempts.areUsedUp()).toBe(false);
    attempts.becomes(opened);
    attempts.fails(428);
    expect(attempts.fails(428)).toBe(1_600);
    expect(attempts.areUsedUp()).toBe(false);
    attempts.fails(428);
    expect(attempts.areUsedUp()).toBe(true);
    attempts.becomes(forgiven);
    expect(attempts.areUsedUp()).toBe(false);
    expect(attempts.fails(428)).toBe(1_000);
  });

  it('is small again after a connection that had logged in, however long WhatsApp was away before', () => {
    const attempts = createAttempts(7_000, 5);
    for (let attempt = 0; attempt < 9; attempt++) attempts.fails(408);
    attempts.becomes(opened);
    expect(attempts.fails(428)).toBe(7_000);
  });

  it('grows gently over connections that log in and do not hold, and starts anew with a stable one', () => {
    for (const chance of chances) {
      const attempts = createAttempts(7_000, 5, chance);
      for (let round = 0; round < 2; round++) {
        const delays = Array.from({ length: 7 }, () => {
          attempts.becomes(opened);
          return attempts.fails(428);
        });
        expect(delays[0]).toBe(7_000);
        expect(delays[1]).toBeGreaterThanOrEqual(8_400);
        expect(delays.at(-1)).toBeGreaterThanOrEqual(24_000);
        expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
        expect(delays.reduce((sum, ms) => sum + ms)).toBeLessThan(3 * MINUTE_MS);
        attempts.becomes(forgiven);
      }
    }
  });

  it('is half a minute at least when WhatsApp is unavailable again', () => {
    const attempts = createAttempts(100, 5);
    expect(attempts.fails(503, 30_000)).toBe(100);
    expect(attempts.fails(428)).toBeLessThan(1_000);
    expect(attempts.fails(503, 30_000)).toBe(30_000);
    attempts.becomes(forgiven);
    expect(attempts.fails(503, 30_000)).toBe(100);
  });
});

describe('reactions', () => {
  it('a second request to restart within a minute is not obeyed at once', async () => {
    const { clock, happens, attemptIn } = createStory();
    expect(attemptIn(happens(closed(515)))).toBe(0);
    happens(OPENED);
    expect(attemptIn(happens(closed(515)))).toBe(7_000);
    await clock.advance(MINUTE_MS + 1);
    expect(attemptIn(happens(closed(515)))).toBe(0);
    expect(attemptIn(happens(closed(515, { wasPairing: true }))), 'right after a pairing').toBe(0);
  });

  it('a request to restart after every opening leads to few attempts', async () => {
    const { clock, happens, attemptIn } = createStory();
    let attempts = 0;
    for (const until = clock.now() + 60 * MINUTE_MS; clock.now() < until; attempts++) {
      happens(OPENED);
      await clock.advance(attemptIn(happens(closed(515))) ?? 0);
    }
    expect(attempts).toBeLessThan(40);
  });

  it('a status that could not be written is written again five seconds later', async () => {
    const story = createStory();
    const { clock, happens, facts } = story;
    const database = await openTestDatabase();
    const failures: string[] = [];
    const log = { ...silentLog, error: (message: string) => void failures.push(message) };
    const row = createStatusRow({ store: database.store, clock, log, account: 'default' });
    await row.read(facts());
    await sql`ALTER TABLE service_status RENAME TO away`.execute(database.store);
    happens(closed(403));
    row.write(facts());
    await until('a failure', () => failures.length === 1);
    await sql`ALTER TABLE away RENAME TO service_status`.execute(database.store);
    await clock.advance(4_999);
    expect((await storedStatus(database)).state).toBe('CONNECTING');
    await clock.advance(1);
    await expect.poll(async () => (await storedStatus(database)).state).toBe('BANNED');
    await database.close();
  });

  it('401 without a session is a failed attempt, not a logout', () => {
    const { happens, attemptIn, status } = createStory();
    const refused = happens(closed(401, { isPaired: false }));
    expect(attemptIn(refused)).toBe(7_000);
    expect(refused.map((effect) => effect.do)).not.toContain('discard_session');
    const loggedOut = happens(closed(401));
    const discard = loggedOut.find((effect) => effect.do === 'discard_session');
    if (!discard) throw new Error('the session was not discarded');
    happens({ type: 'session_discarded', detail: discard.detail });
    expect(status()).toMatchObject({ state: 'LOGGED_OUT', need: 'logged_out', me: null });
  });

  it('a session that could not be deleted is kept, and tried again', () => {
    const { happens, attemptIn, status } = createStory();
    happens(closed(401));
    const kept = happens({ type: 'session_not_discarded', code: 401, reason: 'x' });
    expect(attemptIn(kept)).toBe(7_000);
    expect(status()).toMatchObject({ state: 'DISCONNECTED', need: null });
  });

  it('a ban without an end is looked at again after an hour', () => {
    const { happens, attemptIn, status } = createStory();
    expect(attemptIn(happens(closed(402)))).toBe(60 * MINUTE_MS);
    expect(status()).toMatchObject({ state: 'BANNED', need: 'banned' });
  });

  it('a ban with an end is waited out', () => {
    const { clock, happens, attemptIn, status } = createStory();
    const banEndsAt = clock.now() + 2_000;
    expect(attemptIn(happens(closed(402, { banEndsAt })))).toBe(2_000);
    expect(status()).toMatchObject({ state: 'BANNED', nextAttemptAt: banEndsAt });
    expect(happens({ type: 'connect_due' })).toContainEqual({ do: 'connect' });
  });

  it('half a minute passes when WhatsApp is unavailable a second time', async () => {
    const { clock, happens, attemptIn, status } = createStory();
    happens(OPENED);
    expect(attemptIn(happens(closed(503)))).toBe(7_000);
    happens(OPENED);
    expect(attemptIn(happens(closed(503)))).toBe(30_000);
    expect(status().nextAttemptAt).toBe(clock.now() + 30_000);
  });

  it('QR codes that ran out are no fault: the next round waits for its time', () => {
    const { happens, attemptIn, status } = createStory();
    happens({ type: 'connecting', isPaired: false, phone: null });
    const ended = happens(closed(408, { isPaired: false, wasPairing: true }));
    expect(status()).toMatchObject({ state: 'QR_REQUIRED', qr: null, need: 'pairing' });
    expect(attemptIn(ended)).toBe(5 * MINUTE_MS);
  });

  it('a lost connection while nothing was shown is a fault as always', () => {
    const { happens, status } = createStory();
    happens(closed(408, { isPaired: false }));
    expect(status().state).toBe('DISCONNECTED');
  });

  it('an unattended hour has at most twelve rounds, an attended one follows at once', async () => {
    const { clock, happens, attemptIn } = createStory();
    const begins = () => happens({ type: 'connecting', isPaired: false, phone: null });
    const ends = () => happens(closed(408, { isPaired: false, wasPairing: true }));
    let begun = 0;
    for (const until = clock.now() + 60 * MINUTE_MS; clock.now() < until; begun++) {
      begins();
      await clock.advance(160_000);
      await clock.advance(attemptIn(ends()) ?? 0);
    }
    expect(begun).toBe(12);
    begins();
    await clock.advance(160_000);
    expect(happens({ type: 'attended' })).toEqual([]);
    await clock.advance(20_000);
    expect(attemptIn(ends())).toBe(0);
    expect(happens({ type: 'attended' }), 'the round that waits begins').toContainEqual({ do: 'connect' });
    expect(happens({ type: 'attended' }), 'only once').toEqual([]);
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
