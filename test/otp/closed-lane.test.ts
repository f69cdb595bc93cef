import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { SenderStatus } from '../../src/channels/sender.js';
import { AppError } from '../../src/errors.js';
import type { CodeOrder } from '../../src/otp/issue.js';
import { createTestClock, settle } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { type Codes, createCodes, PHONE } from './codes.js';

const mailServer = {
  send: async () => ({ acceptedAt: 0 }),
  trouble: () => null,
  onTrouble: () => () => {},
  close() {},
};
/** The lives of the codes that the product knows, the shortest and the longest that can be set, in seconds. */
const LIVES = [5, 15, 20, 59, 300, 600, 3_600];
const UNAVAILABLE = 'Service temporarily unavailable due to a queueing issue. Please try again shortly.';

let database: Database;
let codes: Codes;
let asked: number;

async function open(kind: Database['kind'] = 'sqlite', options: Parameters<typeof createCodes>[1] = {}) {
  database = await openTestDatabase(kind);
  codes = createCodes(database, { delivery: { maxWaitMs: Number.POSITIVE_INFINITY }, ...options });
  asked = 0;
}
async function close() {
  await codes.stop();
  await database.close();
}

/** The estimate of a code with this life, in seconds, or how it was refused. Nothing waits afterwards. */
async function ask(life = 300, change: Partial<CodeOrder> = { silent: true }) {
  const contact = { kind: 'phone' as const, value: `+2010012${10_000 + asked++}` };
  const order = {
    caller: 'env',
    contact,
    purpose: 'gateway',
    length: 6,
    ttlMs: life * 1_000,
    silent: false,
    ...change,
  };
  return await codes.issuer.issue(order).then(
    ({ estimatedDeliverySeconds }) => estimatedDeliverySeconds,
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      const { code, message, options } = error;
      expect(message).toBe(UNAVAILABLE);
      return { code, retryAfterSeconds: options.retryAfterSeconds, reason: options.reason };
    },
  );
}

/** The same, and its message waits. */
const enqueue = (life = 300) => ask(life, {});

const lost = (change: Partial<SenderStatus> = {}): Partial<SenderStatus> => ({
  state: 'DISCONNECTED',
  openSince: null,
  troubleSince: codes.clock.now(),
  failedAttempts: 0,
  ...change,
});

describe('while the connection is lost', () => {
  beforeEach(() => open());
  afterEach(close);

  it('codes are accepted at first, with what the next attempt and the queue take together', async () => {
    codes.sender.set(lost({ nextAttemptAt: codes.clock.now() + 56_000 }));
    expect([await enqueue(), await enqueue(), await enqueue()]).toEqual([56, 56 + 13, 56 + 26]);
    expect(codes.delivery.projectedWaitMs()).toBe(56_000 + 3 * 13_000);
  });

  it('a code is refused when the next attempt comes too late for it, however long the outage', async () => {
    codes.sender.set(lost({ nextAttemptAt: codes.clock.now() + 56_000 }));
    const refusal = { code: 'sender_disconnected', retryAfterSeconds: 56 };
    expect(await ask(20)).toMatchObject(refusal);
    expect(await ask(59)).toMatchObject(refusal);
    expect(await ask(63)).toBe(56);
  });

  it('the codes ahead count on top of the next attempt', async () => {
    codes.sender.set(lost({ nextAttemptAt: codes.clock.now() + 200_000 }));
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push(await enqueue());
    const accepted = answers.filter((answer) => typeof answer === 'number');
    expect(accepted.length).toBeGreaterThan(1);
    expect(accepted.length).toBeLessThan(6);
    expect(answers.at(-1)).toMatchObject({ code: 'sender_disconnected', retryAfterSeconds: 200 });
  });

  it.each(LIVES)('a life of %i s: refused after two failed attempts and a thirtieth of it', async (life) => {
    const blinkMs = Math.ceil((life * 1_000) / 30);
    codes.sender.set(lost({ failedAttempts: 1, nextAttemptAt: codes.clock.now() + blinkMs + 900 }));
    await codes.clock.advance(blinkMs);
    expect(await ask(life)).toBe(1);

    codes.sender.set(lost({ failedAttempts: 2, nextAttemptAt: codes.clock.now() + blinkMs + 900 }));
    await codes.clock.advance(blinkMs - 1);
    expect(await ask(life)).toBe(1);
    await codes.clock.advance(1);
    expect(await ask(life)).toEqual({
      code: 'sender_disconnected',
      retryAfterSeconds: 1,
      reason: 'The connection to WhatsApp is lost; it is being opened again.',
    });
  });

  it('it stays so while an attempt is under way and after a reload, until the connection is open', async () => {
    const troubleSince = codes.clock.now() - 60_000;
    codes.sender.set(lost({ failedAttempts: 4, troubleSince, nextAttemptAt: codes.clock.now() + 40_000 }));
    expect(await ask()).toMatchObject({ code: 'sender_disconnected', retryAfterSeconds: 40 });
    codes.sender.set({ state: 'CONNECTING', nextAttemptAt: null });
    expect(await ask()).toMatchObject({ code: 'sender_disconnected', retryAfterSeconds: 5 });
    codes.sender.set({
      state: 'READY',
      openSince: codes.clock.now(),
      troubleSince: null,
      failedAttempts: 0,
    });
    expect(await ask()).toBe(1);
  });

  it('nobody counts on the next attempt when the retries are used up', async () => {
    codes.sender.set(lost({ givenUp: true, nextAttemptAt: codes.clock.now() + 2_000 }));
    expect(await ask()).toMatchObject({ code: 'sender_disconnected', retryAfterSeconds: 2 });
    expect(codes.delivery.projectedWaitMs()).toBeNull();
  });

  it('what the network said is told to nobody', async () => {
    codes.sender.set(lost({ givenUp: true, detail: 'ECONNREFUSED 10.1.2.3:443' }));
    const refusal = await ask();
    expect(JSON.stringify([refusal, codes.readiness.check()])).not.toContain('10.1.2.3');
  });

  it('a number that is restricted, too, is refused as that: strangers get nothing after it either', async () => {
    codes.sender.set(lost({ restricted: true, restrictedUntil: codes.clock.now() + 3_600_000 }));
    expect(await enqueue()).toMatchObject({ code: 'sender_restricted', retryAfterSeconds: 3_600 });
  });

  it('a limit that an operator has set for the wait counts the outage, too', async () => {
    await close();
    await open('sqlite', { delivery: { maxWaitMs: 30_000 } });
    codes.sender.set(lost({ nextAttemptAt: codes.clock.now() + 31_000 }));
    expect(await ask()).toMatchObject({ code: 'sender_disconnected', retryAfterSeconds: 31 });
  });

  it.each([
    ['sender_logged_out', { state: 'LOGGED_OUT', need: 'logged_out' }, 60],
    ['sender_conflict', { state: 'CONFLICT', need: 'conflict' }, 60],
    ['sender_banned', { state: 'BANNED', need: 'banned' }, 60],
  ] as const)('%s: nobody knows when, and a person has to act', async (code, change, retryAfterSeconds) => {
    codes.sender.set({ ...lost(), ...change });
    expect(await ask()).toMatchObject({ code, retryAfterSeconds });
    expect(codes.delivery.projectedWaitMs()).toBeNull();
  });

  it('a ban with an end is told with its end', async () => {
    codes.sender.set({
      ...lost(),
      state: 'BANNED',
      need: 'banned',
      nextAttemptAt: codes.clock.now() + 7_200_000,
    });
    expect(await ask()).toMatchObject({ code: 'sender_banned', retryAfterSeconds: 7_200 });
  });

  it.each(LIVES)('no estimate is above the life less the margin: a life of %i s', async (life) => {
    const latestMs = life * 1_000 - Math.min(30_000, life * 100);
    const waits = Array.from({ length: 61 }, (_, part) => Math.round((life * 1_000 * part) / 60));
    const askBefore = (leftMs: number) => {
      codes.sender.set(lost({ nextAttemptAt: codes.clock.now() + leftMs }));
      return ask(life);
    };
    for (const leftMs of waits.filter((each) => each < latestMs)) {
      expect(await askBefore(leftMs)).toBeLessThanOrEqual(Math.max(1, latestMs / 1_000));
    }
    for (const leftMs of waits.filter((each) => each >= latestMs)) {
      expect(await askBefore(leftMs)).toMatchObject({ code: 'sender_disconnected' });
    }
  });
});

describe.each(DATABASES)('while an operator holds the queue, on %s', (kind) => {
  beforeEach(() => open(kind));
  afterEach(close);

  it.each(LIVES)(
    'a life of %i s: accepted for a thirtieth of it, with no estimate, then refused',
    async (life) => {
      await codes.delivery.control.pause();
      expect(await ask(life)).toBeNull();
      await codes.clock.advance(Math.ceil((life * 1_000) / 30) - 1);
      expect(await ask(life)).toBeNull();
      await codes.clock.advance(1);
      const refusal = {
        code: 'sending_paused',
        retryAfterSeconds: 60,
        reason: 'An operator has paused sending.',
      };
      expect(await ask(life)).toEqual(refusal);
      expect(codes.readiness.check()).toMatchObject({ ready: false, ...refusal });
      await codes.delivery.control.resume();
      expect(await ask(life)).toBe(1);
    },
  );

  it('a pause that outlives the program is as old as it is', async () => {
    await codes.delivery.control.pause();
    await codes.clock.advance(9_000);
    codes = createCodes(database, { clock: codes.clock });
    await codes.delivery.start();
    expect(await ask()).toBeNull();
    await codes.clock.advance(1_000);
    expect(await ask()).toMatchObject({ code: 'sending_paused' });
    expect(codes.delivery.projectedWaitMs()).toBeNull();
  });

  it('e-mail is held as well, by the same rule', async () => {
    await close();
    await open(kind, { mail: mailServer });
    await codes.delivery.control.pause();
    const mail = { contact: { kind: 'email' as const, value: 'someone@example.org' } };
    expect(await ask(600, mail)).toBeNull();
    await codes.clock.advance(20_000);
    expect(await ask(600, mail)).toMatchObject({ code: 'sending_paused', retryAfterSeconds: 60 });
  });

  it('a short pause opens no door that an outage has shut, nor does a short outage', async () => {
    codes.sender.set(lost({ givenUp: true, nextAttemptAt: codes.clock.now() + 30_000 }));
    await codes.delivery.control.pause();
    expect(await ask()).toMatchObject({ code: 'sender_disconnected', retryAfterSeconds: 30 });
    await codes.clock.advance(11_000);
    codes.sender.set(lost({ nextAttemptAt: codes.clock.now() + 1_000 }));
    expect(await ask()).toMatchObject({ code: 'sending_paused' });
    codes.sender.set({ state: 'BANNED', need: 'banned' });
    expect(await ask()).toMatchObject({ code: 'sender_banned' });
  });

  it('a clock that was set back makes it young for no longer than its rule', async () => {
    await codes.delivery.control.pause();
    await codes.clock.advance(20_000);
    const earlier = createTestClock(codes.clock.now() - 86_400_000);
    codes = createCodes(database, { clock: earlier });
    await codes.delivery.control.load();
    await earlier.advance(10_000);
    expect(await ask()).toMatchObject({ code: 'sending_paused' });
  });
});

describe.each(DATABASES)('while WhatsApp lets the number write to no strangers, on %s', (kind) => {
  beforeEach(() => open(kind));
  afterEach(close);

  it('a stranger is refused with the end, and looked up after the answer', async () => {
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: codes.clock.now() + 3_600_000 });
    const learnt = () => codes.sender.learnt;
    const contact = { kind: 'phone' as const, value: PHONE };
    const refused = ask(300, { contact });
    const atTheAnswer = refused.then(() => [...learnt()]);
    expect(await refused).toEqual({
      code: 'sender_restricted',
      retryAfterSeconds: 3_600,
      reason: 'WhatsApp does not let this sender write to new numbers at the moment.',
    });
    expect(await atTheAnswer).toEqual([]);
    await settle();
    expect(learnt()).toEqual([PHONE]);
  });

  it('nobody is looked up who gets nothing anyway, or is accepted', async () => {
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: codes.clock.now() + 3_600_000 });
    expect(await ask()).toBe(1);
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: codes.clock.now() + 60_000 });
    expect(await enqueue()).toBe(60);
    await settle();
    expect(codes.sender.learnt).toEqual([]);
  });

  it('strangers wait for the end, and then for each other', async () => {
    await codes.delivery.start();
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: codes.clock.now() + 60_000 });
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await enqueue());
    expect(answers).toEqual([60, 60 + 13, 60 + 26]);
    // Friends do not wait with them, once they are counted.
    await until('the count', () => codes.delivery.projectedWaitMs() === 0);
  });

  it('without an end that was told, the guess is an hour', async () => {
    codes.sender.set({ state: 'RESTRICTED', restrictedUntil: null });
    expect(await enqueue()).toMatchObject({ code: 'sender_restricted', retryAfterSeconds: 3_600 });
  });
});
