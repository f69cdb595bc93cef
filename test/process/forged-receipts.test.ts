import { expect, it } from 'vitest';
import { GATEWAY, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';
const STRANGER = '+201009999999';

it('whoever knows the id of a message gets neither the code nor a word in what becomes of it', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(
    newEnvironment(whatsapp, { BAILEYS_INTERNAL_LOG_LEVEL: 'debug', LOG_LEVEL: 'debug' }),
  );
  await product.pair(whatsapp);
  const [sara, stranger] = [whatsapp.handset(SARA), whatsapp.handset(STRANGER)];
  sara.autoDeliver = false;
  const jobId = Number((await product.send(SARA)).body.jobId);
  const { id } = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  await until('sent', async () => (await product.job(jobId)).status === 'sent');

  stranger.forge('delivered', id, GATEWAY);
  stranger.forge('read', id, GATEWAY);
  stranger.forge('retry', id, GATEWAY);
  // What comes after them, and is true.
  sara.requestRetry(id);
  await whatsapp.waitForMessage(({ to, copies }) => to === SARA && copies === 2, 60_000);
  sara.confirm(id);
  const job = await until('delivered', async () => {
    const now = await product.job(jobId);
    return now.deliveredAt !== null && now;
  });
  expect(job).toMatchObject({ status: 'sent', readAt: null });
  expect(whatsapp.messages(STRANGER)).toEqual([]);
  expect(whatsapp.frames().map((frame) => frame.id)).toEqual([id, id]);
  expect(product.output()).not.toContain(id);
});
