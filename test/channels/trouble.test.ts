import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { OTHER_KEY } from '../support/secrets.js';
import { until } from '../support/until.js';
import { type Bench, createBench, inState, statusWith } from './sender.js';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.close());

describe('when a trouble began', () => {
  it('is remembered over all attempts, a reload and a restart, until the number is connected again', async () => {
    const sender = await bench.paired();
    expect(sender.status().troubleSince).toBeNull();
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    bench.whatsapp.faults.dropConnections();
    const { troubleSince } = await inState(sender, 'DISCONNECTED');
    expect(troubleSince).not.toBeNull();
    const { since } = await statusWith(
      sender,
      'two failed attempts',
      ({ failedAttempts }) => failedAttempts >= 2,
    );
    expect(since).toBeGreaterThanOrEqual(troubleSince ?? 0);

    await sender.reload();
    await statusWith(sender, 'four failed attempts', ({ failedAttempts }) => failedAttempts >= 4);
    expect(sender.status().troubleSince).toBe(troubleSince);

    const next = await bench.sender();
    expect(next.status().troubleSince).toBe(troubleSince);
    bench.whatsapp.faults.reset();
    await inState(next, 'READY');
    expect(next.status()).toMatchObject({ troubleSince: null, failedAttempts: 0, retriesExhausted: false });
    expect((await bench.sender()).status().troubleSince).toBeNull();
  });

  it('counts attempts, not the loss itself, and says when they are used up', async () => {
    const sender = await bench.paired({ settings: { maxRetries: 2 } });
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    bench.whatsapp.faults.dropConnections();
    const lost = await inState(sender, 'DISCONNECTED');
    expect(lost).toMatchObject({ failedAttempts: 0, retriesExhausted: false });
    await statusWith(sender, 'exhausted', ({ retriesExhausted }) => retriesExhausted);
    expect(sender.status().failedAttempts).toBe(2);
    expect(sender.troubles.at(-1)).toMatchObject({ kind: 'retries_exhausted', since: lost.troubleSince });
  });

  it('once the retries are used up nobody counts on the next attempt: after a reload, after a restart', async () => {
    const sender = await bench.paired({ settings: { maxRetries: 1 } });
    expect(sender.status().givenUp).toBe(false);
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    bench.whatsapp.faults.dropConnections();
    await statusWith(sender, 'exhausted', ({ retriesExhausted }) => retriesExhausted);
    expect(sender.status().givenUp).toBe(true);
    await sender.reload();
    await statusWith(sender, 'exhausted no more', ({ retriesExhausted }) => !retriesExhausted);
    expect(sender.status().givenUp).toBe(true);

    const next = await bench.sender();
    expect(next.status().givenUp).toBe(true);
    bench.whatsapp.faults.reset();
    await inState(next, 'READY');
    expect(next.status().givenUp).toBe(false);
    expect((await bench.sender()).status().givenUp).toBe(false);
  });

  it('nor when a person had to act, until the number is connected', async () => {
    const sender = await bench.paired();
    bench.whatsapp.faults.streamError(403);
    await inState(sender, 'BANNED');
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    await sender.reload();
    expect(await inState(sender, 'DISCONNECTED')).toMatchObject({ need: null, givenUp: true });
    bench.whatsapp.faults.reset();
    await inState(sender, 'READY');
    expect(sender.status().givenUp).toBe(false);
  });

  it('a restriction is known while there is no connection', async () => {
    const sender = await bench.paired();
    const end = Date.now() + 3_600_000;
    bench.whatsapp.phone(GATEWAY).restrict({ until: end, notify: true });
    await inState(sender, 'RESTRICTED');
    bench.whatsapp.faults.rules.refuseUpgrades.set(503);
    bench.whatsapp.faults.dropConnections();
    const lost = await inState(sender, 'DISCONNECTED');
    expect(lost).toMatchObject({ restricted: true, restrictedUntil: expect.any(Number) });
  });

  it('a restriction keeps its beginning when WhatsApp repeats it and when the connection blinks', async () => {
    const sender = await bench.paired();
    bench.whatsapp.phone(GATEWAY).restrict({ until: Date.now() + 3_600_000, notify: true });
    const { troubleSince } = await inState(sender, 'RESTRICTED');
    expect(troubleSince).not.toBeNull();
    const logins = bench.whatsapp.logins();
    bench.whatsapp.faults.dropConnections();
    await until('another login', () => bench.whatsapp.logins() > logins);
    await inState(sender, 'RESTRICTED');
    bench.whatsapp.phone(GATEWAY).restrict({ until: Date.now() + 3_600_000, notify: true });
    expect(sender.status().troubleSince).toBe(troubleSince);
  });

  it('stopping the program is no trouble, nor is a logout by an operator', async () => {
    const sender = await bench.paired();
    await sender.stop();
    expect(sender.status().troubleSince).toBeNull();
    const next = await bench.sender();
    await inState(next, 'READY');
    await next.logout();
    await inState(next, 'QR_REQUIRED');
    expect(next.status().troubleSince).toBeNull();
  });
});

describe('a trouble names its number', () => {
  it('after a logout on the phone, when none is paired any more', async () => {
    const sender = await bench.paired();
    bench.whatsapp.phone(GATEWAY).unlinkDevices();
    await until('the log-out is told', () => sender.troubles.at(-1)?.kind === 'logged_out');
    expect(sender.status().me).toBeNull();
    expect(sender.troubles.at(-1)).toMatchObject({ phone: GATEWAY });
    expect(sender.status().troubleSince).toBe(sender.troubles.at(-1)?.since);
  });

  it('when the stored session cannot be read', async () => {
    await bench.paired();
    const wrong = await bench.sender({ encryptionKey: OTHER_KEY });
    await until('a trouble is told', () => wrong.troubles.length > 0);
    expect(wrong.troubles.at(-1)).toMatchObject({ kind: 'session_corrupt', phone: GATEWAY });
  });
});
