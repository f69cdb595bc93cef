import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';
import {
  connect,
  createSession,
  PERSON,
  pairedGateway,
  restartWhatsApp,
  sendText,
  useWhatsApp,
  whatsapp,
} from './gateway.js';

useWhatsApp();

test('a scanned QR links the device, which is told to restart and then logs in', async () => {
  const session = createSession();
  const pairing = connect(whatsapp.url, session);
  expect(await whatsapp.phone(GATEWAY).scan(await pairing.qr())).toBe('linked');
  expect(await pairing.closed()).toBe(515);
  expect(session.creds.me?.id).toBe(`${GATEWAY.slice(1)}:1@s.whatsapp.net`);
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toMatchObject([{ device: 1, connected: false }]);
  await connect(whatsapp.url, session).opened();
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toMatchObject([{ device: 1, connected: true }]);
  expect(whatsapp.connectionAttempts()).toHaveLength(2);
  expect(whatsapp.maxConcurrentConnections()).toBe(1);
});

test('the phone sends its (empty) history once, which opens the event buffer of the new device', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  await until('the phone has sent its history', () => session.creds.accountSyncCounter === 1);
  gateway.end();
  await until('no connection is left', () => whatsapp.connections() === 0);
  const again = connect(whatsapp.url, session);
  await again.opened();
  await sendText(again, PERSON, 'hello');
  await whatsapp.waitForMessage(({ to }) => to === PERSON, 60_000);
  expect(session.creds.accountSyncCounter).toBe(1);
});

test('a device that two phones scan at once is linked once', async () => {
  const session = createSession();
  const pairing = connect(whatsapp.url, session);
  const qr = await pairing.qr();
  const first = whatsapp.phone(GATEWAY).scan(qr);
  await expect(whatsapp.phone('+201000000002').scan(qr)).rejects.toThrow('being linked already');
  expect(await first).toBe('linked');
  expect(session.creds.me?.id).toContain(GATEWAY.slice(1));
});

test('a stored session logs in again without a new QR', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  gateway.end();
  await until('no connection is left', () => whatsapp.connections() === 0);
  const again = connect(whatsapp.url, session);
  await again.opened();
  expect(again.updates.some(({ qr }) => qr)).toBe(false);
  expect(whatsapp.logins()).toBe(2);
});

test('a code typed on the phone links the device', async () => {
  const session = createSession();
  const pairing = connect(whatsapp.url, session);
  await pairing.qr();
  const code = await pairing.sock.requestPairingCode(GATEWAY.slice(1));
  await whatsapp.phone(GATEWAY).enterPairingCode(`${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase());
  expect(await pairing.closed()).toBe(515);
  const gateway = connect(whatsapp.url, session);
  await gateway.opened();
  await sendText(gateway, PERSON, 'paired by code');
  await whatsapp.waitForMessage(({ text }) => text === 'paired by code', 60_000);
});

test('a wrong code links nothing', async () => {
  const pairing = connect(whatsapp.url, createSession());
  await pairing.qr();
  await pairing.sock.requestPairingCode(GATEWAY.slice(1), 'ABCDEFGH');
  await expect(whatsapp.phone(GATEWAY).enterPairingCode('ABCDEFGX')).rejects.toThrow(
    'The pairing code is wrong',
  );
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toEqual([]);
});

test('a code for another number, or that nobody asked for, is refused', async () => {
  await expect(whatsapp.phone(GATEWAY).enterPairingCode('ABCDEFGH')).rejects.toThrow('No device waits');
});

test('a QR that no waiting device shows cannot be scanned', async () => {
  const pairing = connect(whatsapp.url, createSession());
  const qr = await pairing.qr();
  pairing.end();
  await until('no connection is left', () => whatsapp.connections() === 0);
  // On a busy machine the server may hear of the end only while it answers the scan.
  await expect(whatsapp.phone(GATEWAY).scan(qr)).rejects.toThrow(
    /No waiting device shows this QR code|The device closed the connection/,
  );
  await expect(whatsapp.phone(GATEWAY).scan('https://example.com')).rejects.toThrow('not a QR code');
});

test('when the QR codes have run out the connection is closed', async () => {
  whatsapp.faults.qrRefs = 2;
  const pairing = connect(whatsapp.url, createSession(), { qrTimeout: 40 });
  const second = await pairing.qr(2);
  expect(second).not.toBe(await pairing.qr(1));
  expect(await pairing.closed()).toBe(408);
  expect(pairing.updates.filter(({ qr }) => qr)).toHaveLength(2);
});

test('after a registration refresh only a QR with a new secret links', async () => {
  whatsapp.faults.rules.refreshRegistration.set(true, 1);
  const session = createSession();
  const pairing = connect(whatsapp.url, session);
  let refreshes = 0;
  pairing.sock.ws.on('CB:notification,type:companion_reg_refresh', () => {
    refreshes += 1;
    session.creds.advSecretKey = randomBytes(32).toString('base64');
  });
  const qr = await pairing.qr();
  const phone = whatsapp.phone(GATEWAY);
  expect(await phone.scan(qr)).toBe('refresh_requested');
  await until('a first refresh', () => refreshes === 1);
  expect(await phone.scan(qr)).toBe('refresh_requested');
  await until('a second refresh', () => refreshes === 2);
  const fields = qr.split(',');
  fields[3] = session.creds.advSecretKey;
  expect(await phone.scan(fields.join(','))).toBe('linked');
  expect(await pairing.closed()).toBe(515);
});

test('a scan fails when the device rejects the secret', async () => {
  const pairing = connect(whatsapp.url, createSession());
  const fields = (await pairing.qr()).split(',');
  fields[3] = randomBytes(32).toString('base64');
  await expect(whatsapp.phone(GATEWAY).scan(fields.join(','))).rejects.toThrow('closed the connection');
  expect(await pairing.closed()).toBe(500);
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toEqual([]);
});

test('an unlinked device is thrown out and stays out', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  whatsapp.phone(GATEWAY).unlinkDevices();
  expect(await gateway.closed()).toBe(401);
  expect(await connect(whatsapp.url, session).closed()).toBe(401);
  expect(whatsapp.logins()).toBe(1);
});

test('a device that logs out is forgotten', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  await gateway.sock.logout();
  await until('no device is linked', () => whatsapp.phone(GATEWAY).linkedDevices().length === 0);
  expect(await connect(whatsapp.url, session).closed()).toBe(401);
});

test('a second login with the same session replaces the first', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  const second = connect(whatsapp.url, session);
  expect(await gateway.closed()).toBe(440);
  await second.opened();
  expect(whatsapp.maxConcurrentConnections()).toBe(2);
  await until('one connection is left', () => whatsapp.connections() === 1);
});

test('pairing, keys and waiting stanzas survive a restart of the server', async () => {
  const { session, gateway } = await pairedGateway(whatsapp, GATEWAY);
  await sendText(gateway, PERSON, 'before');
  await whatsapp.waitForMessage(({ text }) => text === 'before', 60_000);
  const handset = whatsapp.handset(PERSON);
  handset.online = false;
  const id = await sendText(gateway, PERSON, 'meanwhile');
  await gateway.ackOf(id);
  await gateway.statusOf(id, 2);
  gateway.end();
  await restartWhatsApp();
  const again = connect(whatsapp.url, session);
  await again.opened();
  whatsapp.handset(PERSON).online = true;
  await again.statusOf(id, 3);
  await sendText(again, PERSON, 'after');
  await whatsapp.waitForMessage(({ text }) => text === 'after', 60_000);
  expect(whatsapp.messages(PERSON).map(({ text }) => text)).toEqual(['before', 'meanwhile', 'after']);
  expect(whatsapp.messages(PERSON).every(({ copies }) => copies === 1)).toBe(true);
});
