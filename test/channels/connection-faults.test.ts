import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestClock } from '../support/clock.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import {
  type Bench,
  createBench,
  createPatientClock,
  inState,
  message,
  pairByQr,
  type RunningSender,
  STRANGER,
  statusWith,
  storedStatus,
} from './sender.js';

let bench: Bench;
let sender: RunningSender;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.close());

const rows = () => bench.database.store.selectFrom('whatsapp_credentials').selectAll().execute();
const loggedInAgain = (logins: number) => until('another login', () => bench.whatsapp.logins() > logins);

describe('a connection that is lost', () => {
  beforeEach(async () => {
    sender = await bench.paired();
  });

  it.each([
    ['drops', () => bench.whatsapp.faults.dropConnections()],
    ['is closed', () => bench.whatsapp.faults.closeConnections()],
    ['gets stream error 500', () => bench.whatsapp.faults.streamError(500)],
    ['gets stream error 503', () => bench.whatsapp.faults.streamError(503)],
    ['gets an unknown stream error', () => bench.whatsapp.faults.streamError(516)],
    ['is ended', () => bench.whatsapp.faults.endStream()],
  ])('%s: it comes back with the same session, and nobody is alarmed', async (_, fault) => {
    const logins = bench.whatsapp.logins();
    fault();
    const lost = await inState(sender, 'DISCONNECTED');
    expect(lost).toMatchObject({ need: null, paired: true, openSince: null });
    expect(lost.nextAttemptAt).toBeGreaterThanOrEqual(lost.since);
    await loggedInAgain(logins);
    await inState(sender, 'READY');
    expect(sender.troubles).toEqual([null]);
    expect(bench.whatsapp.maxConcurrentConnections()).toBe(1);
    await sender.send(message());
  });

  it('restarts at once when WhatsApp asks for it (515)', async () => {
    const logins = bench.whatsapp.logins();
    bench.whatsapp.faults.streamError(515);
    await loggedInAgain(logins);
    await inState(sender, 'READY');
    expect(sender.states).not.toContain('DISCONNECTED');
  });

  it('440: stops, tells once, and comes back only when a person reloads', async () => {
    await sender.stop();
    const clock = createPatientClock();
    sender = await bench.sender({ clock, settings: { initialRetryDelayMs: 1_000 } });
    await inState(sender, 'READY');
    const attempts = bench.whatsapp.connectionAttempts().length;
    bench.whatsapp.faults.streamError(440);
    expect(await inState(sender, 'CONFLICT')).toMatchObject({
      need: 'conflict',
      paired: true,
      nextAttemptAt: null,
    });
    expect(sender.troubles).toEqual([null, expect.objectContaining({ kind: 'conflict', phone: GATEWAY })]);
    await clock.advance(3_600_000);
    expect(bench.whatsapp.connectionAttempts()).toHaveLength(attempts);
    await sender.reload();
    await inState(sender, 'READY');
    expect(bench.whatsapp.connectionAttempts()).toHaveLength(attempts + 1);
    expect(sender.troubles.map((trouble) => trouble?.kind)).toEqual([undefined, 'conflict', undefined]);
  });

  it('401: deletes the session, tells once, and asks for a new scan', async () => {
    bench.whatsapp.phone(GATEWAY).unlinkDevices();
    await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
    expect(sender.status()).toMatchObject({
      state: 'QR_REQUIRED',
      need: 'pairing',
      paired: false,
      me: null,
    });
    expect(sender.states.slice(-2)).toEqual(['LOGGED_OUT', 'QR_REQUIRED']);
    expect(await rows()).toHaveLength(0);
    await pairByQr(sender, bench.whatsapp);
    expect(sender.troubles.map((trouble) => trouble?.kind)).toEqual([undefined, 'logged_out', undefined]);
  });

  it('403: stops as banned, keeps the session', async () => {
    bench.whatsapp.faults.streamError(403);
    expect(await inState(sender, 'BANNED')).toMatchObject({ need: 'banned', nextAttemptAt: null });
    expect((await rows()).length).toBeGreaterThan(800);
    expect(sender.troubles).toEqual([null, expect.objectContaining({ kind: 'banned', phone: GATEWAY })]);
    await sender.stop();
    expect(await storedStatus(bench.database)).toMatchObject({ state: 'BANNED', needs_person: 'banned' });
    sender = await bench.sender();
    await inState(sender, 'READY');
  });

  it.each(['405', '409', '411'])('%s: stops and says that a person must act', async (reason) => {
    bench.whatsapp.faults.rules.refuseLogins.set({ reason });
    bench.whatsapp.faults.dropConnections();
    const stopped = await statusWith(sender, 'retries_exhausted', ({ need }) => need === 'retries_exhausted');
    expect(stopped).toMatchObject({ state: 'DISCONNECTED', nextAttemptAt: null, paired: true });
    expect(sender.troubles).toEqual([
      null,
      expect.objectContaining({ kind: 'retries_exhausted', phone: GATEWAY, since: stopped.troubleSince }),
    ]);
    bench.whatsapp.faults.reset();
    await sender.reload();
    await inState(sender, 'READY');
  });

  it('calls for help once when the attempts are used up, goes on, and says when it is back', async () => {
    await sender.stop();
    sender = await bench.sender({ settings: { initialRetryDelayMs: 100, maxRetries: 2 } });
    await inState(sender, 'READY');
    bench.whatsapp.faults.rules.refuseUpgrades.set(503, 4);
    bench.whatsapp.faults.dropConnections();
    await until('the trouble is told', () => sender.troubles.at(-1)?.kind === 'retries_exhausted');
    expect(sender.status()).toMatchObject({ need: null, paired: true });
    await until('the end of the trouble is told', () => sender.troubles.at(-1) === null);
    expect(sender.troubles.map((trouble) => trouble?.kind)).toEqual([
      undefined,
      'retries_exhausted',
      undefined,
    ]);
  });

  it('a refused HTTP upgrade is noticed at once', async () => {
    bench.whatsapp.faults.rules.refuseUpgrades.set(429, 1);
    bench.whatsapp.faults.dropConnections();
    const { detail } = await statusWith(
      sender,
      'the answer of HTTP',
      ({ detail }) => detail?.includes('HTTP') ?? false,
      2_000,
    );
    expect(detail).toContain('429');
    await inState(sender, 'READY');
  });

  it('an open but deaf connection is found out and replaced', async () => {
    await sender.stop();
    sender = await bench.sender({ settings: { checkIntervalMs: 300 } });
    await inState(sender, 'READY');
    const logins = bench.whatsapp.logins();
    bench.whatsapp.faults.deafen();
    await loggedInAgain(logins);
    await inState(sender, 'READY');
    await sender.send(message());
    expect(bench.whatsapp.messages(STRANGER)).toHaveLength(1);
  });

  it.each(['undecryptable', 'undecodable'] as const)(
    'an %s frame ends the socket, not the process',
    async (kind) => {
      const listeners = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      const reasons: unknown[] = [];
      process.on('unhandledRejection', (reason) => {
        if (sender.handleUnhandledRejection(reason)) reasons.push(reason);
      });
      try {
        const logins = bench.whatsapp.logins();
        bench.whatsapp.faults.garbage(kind);
        await loggedInAgain(logins);
        await inState(sender, 'READY');
        expect(reasons).toHaveLength(1);
        expect(sender.handleUnhandledRejection(new Error('somebody else'))).toBe(false);
      } finally {
        process.removeAllListeners('unhandledRejection');
        for (const listener of listeners) process.on('unhandledRejection', listener);
      }
    },
  );

  it('opens although WhatsApp never says that everything old was delivered', async () => {
    bench.whatsapp.faults.withholdOffline = true;
    const logins = bench.whatsapp.logins();
    bench.whatsapp.faults.dropConnections();
    await loggedInAgain(logins);
    await inState(sender, 'READY');
    const otp = message();
    await sender.send(otp);
    await until('delivered', () => sender.receipts.some(({ kind }) => kind === 'delivered'));
  });
});

describe('how long WhatsApp is left alone', () => {
  const clock = createPatientClock();
  beforeEach(async () => {
    sender = await bench.paired({ clock });
  });

  it('half a minute when it is unavailable a second time', async () => {
    bench.whatsapp.faults.streamError(503);
    await inState(sender, 'DISCONNECTED');
    await inState(sender, 'READY');
    bench.whatsapp.faults.streamError(503);
    const { nextAttemptAt } = await inState(sender, 'DISCONNECTED');
    expect((nextAttemptAt ?? 0) - clock.now()).toBe(30_000);
    const attempts = bench.whatsapp.connectionAttempts().length;
    await clock.advance(29_999);
    expect(bench.whatsapp.connectionAttempts()).toHaveLength(attempts);
    await clock.advance(1);
    await inState(sender, 'READY');
  });

  it('402: until the ban ends', async () => {
    bench.whatsapp.faults.rules.refuseLogins.set({ reason: '402', code: '101', expire: '7200' }, 1);
    bench.whatsapp.faults.dropConnections();
    const banned = await inState(sender, 'BANNED');
    expect((banned.nextAttemptAt ?? 0) - clock.now()).toBe(7_200_000);
    expect(sender.troubles.at(-1)?.kind).toBe('banned');
    const attempts = bench.whatsapp.connectionAttempts().length;
    await clock.advance(7_199_999);
    expect(bench.whatsapp.connectionAttempts()).toHaveLength(attempts);
    await clock.advance(1);
    await inState(sender, 'READY');
    expect(sender.troubles.at(-1)).toBeNull();
  });
});

describe('a first connection', () => {
  it('goes on trying while the server cannot be reached', async () => {
    bench.whatsapp.faults.rules.refuseUpgrades.set(503, 2);
    sender = await bench.sender();
    await inState(sender, 'DISCONNECTED');
    expect(sender.status()).toMatchObject({ need: 'pairing', paired: false });
    await inState(sender, 'QR_REQUIRED');
  });

  it('goes on trying when it is given no QR code', async () => {
    bench.whatsapp.faults.qrRefs = 0;
    sender = await bench.sender();
    await until('a second attempt', () => bench.whatsapp.connectionAttempts().length >= 2);
    bench.whatsapp.faults.reset();
    await inState(sender, 'QR_REQUIRED');
  });

  it('stops within its bound and can be stopped while it connects', async () => {
    bench.whatsapp.faults.rules.delayHandshakes.set({ stage: 'noise', ms: Number.POSITIVE_INFINITY });
    const clock = createTestClock();
    sender = await bench.sender({ clock });
    await clock.advance(0);
    await until('an attempt', () => bench.whatsapp.connectionAttempts().length === 1);
    const stopping = sender.stop();
    // What it waits for at most; the client itself would give the attempt up after 20 s.
    await clock.advance(2_000);
    await stopping;
    expect(sender.status()).toMatchObject({
      state: 'DISCONNECTED',
      detail: 'Stopped.',
      need: 'pairing',
      nextAttemptAt: null,
      troubleSince: null,
    });
    expect(sender.troubles).toEqual([]);
  });
});
