import { randomBytes } from 'node:crypto';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { SenderState } from '../../src/channels/sender.js';
import type { AdminClient } from '../support/admin-client.js';
import { GATEWAY, newEnvironment, type Product, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';

async function expectRefusal(product: Product, code: string) {
  const answer = await product.send(SARA);
  expect(answer).toMatchObject({ status: 503, body: { code } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await product.get('/readyz')).toMatchObject({ status: 503, body: { code } });
}

async function reach(admin: AdminClient, state: SenderState) {
  return until(state, async () => {
    const status = await admin.status();
    return status.state === state && status;
  });
}

it('before a number is paired, requests are told so', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await expectRefusal(product, 'sender_not_paired');
  await reach(await product.logIn(), 'QR_REQUIRED');
  await expectRefusal(product, 'sender_not_paired');
});

it('after a logout on the phone, requests are told so until the number is paired again', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const admin = await product.pair(whatsapp);
  whatsapp.phone(GATEWAY).unlinkDevices();
  await until('a QR', async () => (await admin.status()).qr);
  expect((await product.send(SARA)).status).toBe(503);
  await product.pair(whatsapp);
  expect((await product.send(SARA)).status).toBe(202);
  await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
});

it.each<[number, SenderState, string]>([
  [403, 'BANNED', 'sender_banned'],
  [440, 'CONFLICT', 'sender_conflict'],
])('after close code %i WhatsApp is left alone until an operator reloads: %s', async (close, state, code) => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const admin = await product.pair(whatsapp);
  whatsapp.faults.streamError(close);
  await reach(admin, state);
  await expectRefusal(product, code);
  const attempts = whatsapp.connectionAttempts().length;

  await admin.post('/session/reload');
  await product.ready();
  expect(whatsapp.connectionAttempts()).toHaveLength(attempts + 1);
});

it('a session that cannot be read is left as it is, and no new identity is made', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);
  await product.kill('SIGTERM');
  const attempts = whatsapp.connectionAttempts().length;

  const otherKey = randomBytes(32).toString('hex');
  const blind = await startProduct({ ...product.env, ENCRYPTION_KEY: otherKey });
  await expectRefusal(blind, 'sender_unavailable');
  expect(await (await blind.logIn()).status()).toMatchObject({ qr: null });
  await blind.kill('SIGTERM');
  expect(whatsapp.connectionAttempts()).toHaveLength(attempts);

  const again = await startProduct(product.env);
  await again.ready();
  await again.kill('SIGTERM');
  const database = new Sqlite(product.env.DB_FILENAME);
  database.exec("UPDATE whatsapp_credentials SET value = 'damaged' WHERE type = 'creds'");
  database.close();
  await expectRefusal(await startProduct(product.env), 'sender_unavailable');
});

it('a number can be paired by code, as a program with a session does it', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const admin = await product.logIn();
  const answer = await admin.post('/session/pairing-code', { phoneNumber: GATEWAY });
  const { pairingCode } = (await answer.json()) as { pairingCode: string };
  expect((await admin.status()).pairingCode).toBe(pairingCode);
  await whatsapp.phone(GATEWAY).enterPairingCode(pairingCode);
  expect((await reach(admin, 'READY')).me).toBe(GATEWAY);
});

it('an operator logs the number out, and it is gone from the phone', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const admin = await product.pair(whatsapp);
  expect((await admin.post('/session/logout')).status).toBe(200);
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toHaveLength(0);
  const { me } = await until('a QR', async () => {
    const status = await admin.status();
    return status.qr !== null && status;
  });
  expect(me).toBeNull();
});

it('a failed job is sent again as the same message when an operator asks for it', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const admin = await product.pair(whatsapp);
  whatsapp.faults.rules.refuseMessages.set({ code: 477, onlyCold: false }, 1);
  const { body } = await product.send(SARA);
  await until('a failure', async () => (await product.job(Number(body.jobId))).status === 'failed');

  expect((await admin.post(`/jobs/${body.jobId}/retry`)).status).toBe(200);
  const { id, text } = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  expect(text).toContain(body.otp);
  expect(whatsapp.frames().map((frame) => frame.id)).toEqual([id, id]);
});
