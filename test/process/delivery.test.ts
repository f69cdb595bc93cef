import { expect, it } from 'vitest';
import { GATEWAY, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';

it('a code goes from the request to the handset, and every step of it is reported', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);

  const { status, body } = await product.send(SARA);
  expect(status).toBe(202);
  const message = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  expect(message).toMatchObject({ from: GATEWAY, copies: 1 });
  expect(message.text).toContain(body.otp);

  const jobId = Number(body.jobId);
  const delivered = await until('delivered', async () => {
    const job = await product.job(jobId);
    return job.deliveredAt !== null && job;
  });
  expect(delivered).toMatchObject({ status: 'sent', readAt: null, error: null });
  whatsapp.handset(SARA).read();
  const read = await until('read', async () => {
    const job = await product.job(jobId);
    return job.readAt !== null && job;
  });
  expect(read).toMatchObject({
    status: 'sent',
    sentAt: delivered.sentAt,
    deliveredAt: delivered.deliveredAt,
  });
  expect(JSON.stringify(read)).not.toContain(body.otp);
});

it('a restart with the stored session needs no new QR', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);
  await product.kill('SIGKILL');

  const again = await startProduct(product.env);
  const admin = await again.logIn();
  const seen = await until('READY', async () => {
    const status = await admin.status();
    expect(status.qr).toBeNull();
    return status.state === 'READY' && status;
  });
  expect(seen.me).toBe(GATEWAY);
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toHaveLength(1);
});

it('a code that is asked for while the connection is down is accepted, and arrives once it is back', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp, { BAILEYS_INITIAL_RETRY_DELAY_MS: '3000' }));
  await product.pair(whatsapp);
  whatsapp.faults.rules.refuseUpgrades.set(503);
  whatsapp.faults.dropConnections();
  await until('disconnected', async () => (await product.get('/readyz')).status === 503);

  const { status, body } = await product.send(SARA);
  expect(status).toBe(202);
  whatsapp.faults.reset();
  const message = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  expect(message.text).toContain(body.otp);
});

it('a code that could not be sent before it expired is never sent', async () => {
  const whatsapp = await startWhatsApp();
  const slow = { OTP_TTL_SECONDS: '6', BAILEYS_INITIAL_RETRY_DELAY_MS: '3000' };
  const product = await startProduct(newEnvironment(whatsapp, slow));
  await product.pair(whatsapp);
  whatsapp.faults.rules.refuseUpgrades.set(503);
  whatsapp.faults.dropConnections();
  const { body } = await product.send(SARA);
  const expired = await until('an end', async () => {
    const job = await product.job(Number(body.jobId));
    return job.status !== 'pending' && job;
  });
  expect(expired).toMatchObject({ status: 'expired', sentAt: null, error: { code: 'code_expired' } });

  whatsapp.faults.reset();
  await product.ready();
  const later = await product.send(SARA);
  await whatsapp.waitForMessage(({ text }) => text.includes(String(later.body.otp)), 60_000);
  expect(whatsapp.messages()).toHaveLength(1);
});

it('of two codes for one number that wait, only the newer arrives', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const admin = await product.pair(whatsapp);
  await admin.post('/queue/pause');
  const older = await product.send(SARA);
  const newer = await product.send(SARA);
  await admin.post('/queue/resume');

  const message = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  expect(message.text).toContain(newer.body.otp);
  expect(await product.job(Number(older.body.jobId))).toMatchObject({
    status: 'failed',
    error: { code: 'superseded' },
  });
  expect(whatsapp.messages()).toHaveLength(1);
});

it('a repeated Idempotency-Key gets the first answer again, and the handset one message', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);
  const key = { 'idempotency-key': 'order-17' };
  const first = await product.send(SARA, key);
  const again = await product.send(SARA, key);
  expect(again).toMatchObject({ status: 202, body: first.body });
  expect(await product.send('+201007654321', key)).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  });
  await product.kill('SIGKILL');

  const restarted = await startProduct(product.env);
  expect(await restarted.send(SARA, key)).toMatchObject({ status: 202, body: first.body });
  await restarted.ready();
  await until('sent', async () => (await restarted.job(Number(first.body.jobId))).status === 'sent');
  expect(whatsapp.messages()).toHaveLength(1);
});
