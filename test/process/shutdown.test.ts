import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../support/child.js';
import { GATEWAY, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';
const OMAR = '+201007654321';
const BOUND_MS = 10_000;

it('SIGTERM lets the send in hand finish, and the next start goes on where it stopped', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp, { WORKER_MAX_SEND_DELAY_MS: '3000' }));
  await product.pair(whatsapp);
  whatsapp.faults.latencyMs = 300;
  const inHand = await product.send(SARA);
  const waiting = await product.send(OMAR);
  await until('a frame', () => whatsapp.frames().length > 0);

  const askedAt = performance.now();
  expect(await product.kill('SIGTERM')).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - askedAt).toBeLessThan(BOUND_MS);
  expect(whatsapp.messages(SARA).map(({ text }) => text)).toEqual([
    expect.stringContaining(`${inHand.body.otp}`),
  ]);
  expect(whatsapp.phone(GATEWAY).linkedDevices()).toHaveLength(1);
  expect(product.output()).toContain('"message":"closed"');

  whatsapp.faults.latencyMs = 0;
  const again = await startProduct(product.env);
  expect((await again.job(Number(inHand.body.jobId))).status).toBe('sent');
  const late = await whatsapp.waitForMessage(({ to }) => to === OMAR, 60_000);
  expect(late.text).toContain(waiting.body.otp);
  expect(whatsapp.frames()).toHaveLength(2);
});

it('SIGINT does not wait for an ack that never comes; the message goes out again after the next start', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);
  whatsapp.faults.rules.withholdAcks.set({ deliver: false }, 1);
  const { body } = await product.send(SARA);
  await until('a frame', () => whatsapp.frames().length > 0);

  const askedAt = performance.now();
  expect(await product.kill('SIGINT')).toMatchObject({ code: 0, signal: null });
  expect(performance.now() - askedAt).toBeLessThan(BOUND_MS);

  const again = await startProduct(product.env);
  const message = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  expect(message).toMatchObject({ text: expect.stringContaining(`${body.otp}`), copies: 1 });
  expect(new Set(whatsapp.frames().map(({ id }) => id))).toEqual(new Set([message.id]));
  await until('sent', async () => (await again.job(Number(body.jobId))).status === 'sent');
});

it('a shutdown ends keep-alive connections and refuses new ones', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  expect((await product.get('/healthz')).status).toBe(200);
  const { code, afterMs } = await product.kill('SIGTERM');
  expect(code).toBe(0);
  expect(afterMs).toBeLessThan(BOUND_MS);
  await expect(product.get('/healthz')).rejects.toThrow();
});

it('SIGTERM for npm start ends the gateway itself, with 0', async () => {
  const whatsapp = await startWhatsApp();
  const env = { ...newEnvironment(whatsapp), npm_config_update_notifier: 'false' };
  const npm = run('npm', ['start'], { cwd: join(import.meta.dirname, '../..'), env });
  const port = await until('the port', () => /"message":"listening".*"port":(\d+)/.exec(npm.output())?.[1]);
  expect(await npm.kill('SIGTERM')).toMatchObject({ code: 0, signal: null });
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
});
