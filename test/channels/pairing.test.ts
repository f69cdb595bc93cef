import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import {
  type Bench,
  createBench,
  inState,
  message,
  pairByQr,
  STRANGER,
  statusWith,
  storedStatus,
} from './sender.js';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.close());

describe('pairing', () => {
  it('shows a QR code, follows the phone through the restart, and is ready', async () => {
    const sender = await bench.sender();
    expect(sender.status()).toMatchObject({ state: 'CONNECTING', need: 'pairing', paired: false });
    const asking = await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
    expect(asking).toMatchObject({ state: 'QR_REQUIRED', need: 'pairing', me: null });
    expect((asking.qrExpiresAt ?? 0) - Date.now()).toBeGreaterThan(50_000);
    expect(sender.qrs).toEqual([asking.qr]);

    const ready = await pairByQr(sender, bench.whatsapp);
    expect(ready).toMatchObject({ me: GATEWAY, paired: true, need: null, qr: null, detail: null });
    expect(sender.states).toEqual(['CONNECTING', 'QR_REQUIRED', 'PAIRING', 'READY']);
    await sender.stop();
    expect(await storedStatus(bench.database)).toMatchObject({ phone: GATEWAY, needs_person: null });
  });

  it('pairs with a code typed on the phone', async () => {
    const sender = await bench.sender();
    await inState(sender, 'QR_REQUIRED');
    const code = await sender.requestPairingCode(GATEWAY);
    expect(sender.status()).toMatchObject({ state: 'PAIRING', pairingCode: code, qr: null });
    await bench.whatsapp.phone(GATEWAY).enterPairingCode(code);
    expect(await inState(sender, 'READY')).toMatchObject({ me: GATEWAY, pairingCode: null });
  });

  it('of three pairing codes asked for at once, the one that is given pairs', async () => {
    const sender = await bench.sender();
    await inState(sender, 'QR_REQUIRED');
    const asked = await Promise.allSettled([1, 2, 3].map(() => sender.requestPairingCode(GATEWAY)));
    const codes = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(codes).toHaveLength(1);
    await bench.whatsapp.phone(GATEWAY).enterPairingCode(codes[0] ?? '');
    await inState(sender, 'READY');
    await inState(await bench.sender(), 'READY');
  });

  it.each(['reload', 'logout'] as const)(
    'a %s overtakes a pairing code, and its QR code pairs',
    async (act) => {
      const sender = await bench.sender();
      const first = await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
      const code = sender.requestPairingCode(GATEWAY);
      const refused = expect(code).rejects.toMatchObject({ code: 'sender_unavailable' });
      await sender[act]();
      await refused;
      const { qr } = await statusWith(sender, 'another QR', ({ qr }) => qr !== null && qr !== first.qr);
      await bench.whatsapp.phone(GATEWAY).scan(qr ?? '');
      await inState(sender, 'READY');
      expect(bench.whatsapp.maxConcurrentConnections()).toBe(1);
      await inState(await bench.sender(), 'READY');
    },
  );

  it('uses a new identity after a pairing code that died with its connection', async () => {
    const sender = await bench.sender();
    await inState(sender, 'QR_REQUIRED');
    await sender.requestPairingCode(GATEWAY);
    bench.whatsapp.faults.dropConnections();
    await inState(sender, 'QR_REQUIRED');
    expect(sender.status().pairingCode).toBeNull();
    await pairByQr(sender, bench.whatsapp);
    expect(sender.states).not.toContain('LOGGED_OUT');
  });

  it('renews the secret when WhatsApp asks for it, so that the second scan pairs', async () => {
    bench.whatsapp.faults.rules.refreshRegistration.set(true, 1);
    const sender = await bench.sender();
    const first = await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
    expect(await bench.whatsapp.phone(GATEWAY).scan(first.qr ?? '')).toBe('refresh_requested');
    const second = await statusWith(sender, 'another QR', ({ qr }) => qr !== null && qr !== first.qr);
    expect(second.qr?.split(',')[0]).toBe(first.qr?.split(',')[0]);
    expect(second.qr?.split(',')[3]).not.toBe(first.qr?.split(',')[3]);
    expect(await bench.whatsapp.phone(GATEWAY).scan(second.qr ?? '')).toBe('linked');
    await inState(sender, 'READY');
  });

  it('refuses a pairing code while a number is paired', async () => {
    const sender = await bench.paired();
    await expect(sender.requestPairingCode(GATEWAY)).rejects.toMatchObject({ code: 'conflict' });
    expect(sender.status().state).toBe('READY');
  });

  it('comes back after a restart without a new QR code', async () => {
    await bench.paired();
    const sender = await bench.sender();
    expect(sender.status()).toMatchObject({ paired: true, need: null, me: GATEWAY });
    await inState(sender, 'READY');
    expect(sender.qrs).toEqual([]);
    await sender.send(message());
    expect(bench.whatsapp.messages(STRANGER)).toHaveLength(1);
  });

  it('logs out at WhatsApp, forgets the session and asks for a new scan', async () => {
    const sender = await bench.paired();
    await sender.logout();
    await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
    expect(sender.status()).toMatchObject({
      state: 'QR_REQUIRED',
      me: null,
      paired: false,
      need: 'pairing',
    });
    expect(bench.whatsapp.phone(GATEWAY).linkedDevices()).toHaveLength(0);
    expect(sender.states).toContain('LOGGED_OUT');
    expect(sender.troubles).toEqual([null]);
    const rows = await bench.database.store.selectFrom('whatsapp_credentials').selectAll().execute();
    expect(rows).toHaveLength(0);
    expect(bench.whatsapp.maxConcurrentConnections()).toBe(1);
    await pairByQr(sender, bench.whatsapp, '+201000000002');
    expect(sender.status().me).toBe('+201000000002');
  });

  it('a logout whose session cannot be deleted fails, and the number does not stay away', async () => {
    const sender = await bench.paired();
    const { store } = bench.database;
    await sql`ALTER TABLE whatsapp_credentials RENAME TO away`.execute(store);
    await expect(sender.logout()).rejects.toThrow();
    expect(sender.status()).toMatchObject({ state: 'DISCONNECTED', openSince: null });
    await sql`ALTER TABLE away RENAME TO whatsapp_credentials`.execute(store);
    // The phone has forgotten the device already.
    await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
  });

  it('knows nobody when another number is paired', async () => {
    const sender = await bench.paired();
    await sender.send(message());
    await sender.logout();
    await pairByQr(sender, bench.whatsapp, '+201000000002');
    await until('the sender is ready', () => sender.status().state === 'READY');
    const known = await bench.database.store.selectFrom('recipients').selectAll().execute();
    expect(known).toHaveLength(0);
  });

  it('reloads with the stored session', async () => {
    const sender = await bench.paired();
    const logins = bench.whatsapp.logins();
    await sender.reload();
    await until('another login', () => bench.whatsapp.logins() === logins + 1);
    await inState(sender, 'READY');
    expect(bench.whatsapp.maxConcurrentConnections()).toBe(1);
    expect(sender.qrs).toHaveLength(1);
  });
});
