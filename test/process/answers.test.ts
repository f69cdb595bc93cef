import { expect, it } from 'vitest';
import { newEnvironment, type Product, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';
const NEW_NUMBER = '+201007654321';

async function start() {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  return { whatsapp, product, admin: await product.pair(whatsapp) };
}
const ask = async (product: Product) => Number((await product.send(SARA)).body.jobId);
const endOf = (product: Product, jobId: number) =>
  until('an end', async () => {
    const job = await product.job(jobId);
    return (job.status === 'sent' || job.status === 'failed') && (job.error?.code ?? job.status);
  });

it('a retry in the dashboard reaches somebody who has installed WhatsApp in the meantime', async () => {
  const { whatsapp, product, admin } = await start();
  whatsapp.setOnWhatsApp(SARA, false);
  const jobId = await ask(product);
  expect(await endOf(product, jobId)).toBe('not_on_whatsapp');
  whatsapp.setOnWhatsApp(SARA, true);
  expect((await admin.post(`/jobs/${jobId}/retry`)).status).toBe(200);
  await whatsapp.waitForMessage(({ to }) => to === SARA, 10_000);
  expect(await endOf(product, jobId)).toBe('sent');
});

it('a person who took WhatsApp to another number gets no code for the old one', async () => {
  const { whatsapp, product, admin } = await start();
  await ask(product);
  await whatsapp.waitForMessage(({ to }) => to === SARA, 10_000);
  whatsapp.changeNumber(SARA, NEW_NUMBER);
  const jobId = await ask(product);
  expect(await endOf(product, jobId)).toBe('not_on_whatsapp');

  whatsapp.registerAnew(SARA);
  await admin.post(`/jobs/${jobId}/retry`);
  await until('the new owner has it', () => whatsapp.messages(SARA).length === 2);
  expect(whatsapp.messages(NEW_NUMBER)).toEqual([]);
});
