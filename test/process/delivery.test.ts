import { expect, it } from 'vitest';
import { until } from '../support/child.js';
import { GATEWAY, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';

const SARA = '+201001234567';

it('a code goes from the request to the handset, and every step of it is reported', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);

  const { status, body } = await product.send(SARA);
  expect(status).toBe(202);
  const message = await whatsapp.waitForMessage(({ to }) => to === SARA, 5_000);
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
  expect(read).toMatchObject({ status: 'sent', sentAt: delivered.sentAt, deliveredAt: delivered.deliveredAt });
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
