import { expect, it } from 'vitest';
import {
  type Answer,
  newEnvironment,
  type Product,
  startProduct,
  startWhatsApp,
} from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';

/** Asks until a code is refused. Returns the refusal, and what was promised before. */
async function untilRefused(product: Product): Promise<{ refusal: Answer; promises: unknown[] }> {
  const promises: unknown[] = [];
  const refusal = await until('a refusal', async () => {
    const answer = await product.send(SARA);
    if (answer.status !== 202) return answer;
    promises.push(answer.body.estimated_delivery_seconds);
    return null;
  });
  return { refusal, promises };
}

function expectRefusal({ status, headers, body }: Answer, code: string): void {
  expect([status, body]).toEqual([
    503,
    {
      message: 'Service temporarily unavailable due to a queueing issue. Please try again shortly.',
      code,
      reason: expect.stringMatching(/^[A-Z].*\.$/),
      retryAfterSeconds: Number(headers.get('retry-after')),
    },
  ]);
}

it('an outage shuts the door after a moment, until WhatsApp is back: over a reload and kill -9', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp, { OTP_TTL_SECONDS: '20' }));
  const admin = await product.pair(whatsapp);
  whatsapp.faults.rules.refuseUpgrades.set(503);
  whatsapp.faults.dropConnections();

  const { refusal, promises } = await untilRefused(product);
  expectRefusal(refusal, 'sender_disconnected');
  for (const seconds of promises) expect(seconds).toBeLessThanOrEqual(18);

  await admin.post('/session/reload');
  expectRefusal(await product.send(SARA), 'sender_disconnected');
  expect((await product.get('/readyz')).body).toMatchObject({ code: 'sender_disconnected' });

  await product.kill('SIGKILL');
  const again = await startProduct(product.env);
  expectRefusal(await again.send(SARA), 'sender_disconnected');

  whatsapp.faults.reset();
  await again.ready();
  const { status, body } = await again.send(SARA);
  expect(status).toBe(202);
  await whatsapp.waitForMessage(({ text }) => text.includes(String(body.otp)), 10_000);
});

it('a pause shuts the door after a moment, until an operator resumes: over a restart', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp, { OTP_TTL_SECONDS: '30' }));
  const admin = await product.pair(whatsapp);
  await admin.post('/queue/pause');
  const { refusal, promises } = await untilRefused(product);
  expect(new Set([null, ...promises])).toEqual(new Set([null]));
  expectRefusal(refusal, 'sending_paused');
  expect(refusal.body.retryAfterSeconds).toBe(60);
  expect((await product.get('/readyz')).body).toMatchObject({
    code: 'sending_paused',
    retryAfterSeconds: 60,
  });

  await product.kill('SIGTERM');
  const again = await startProduct(product.env);
  expectRefusal(await again.send(SARA), 'sending_paused');
  await (await again.logIn()).post('/queue/resume');
  await again.ready();
  expect(await again.send(SARA)).toMatchObject({
    status: 202,
    body: { estimated_delivery_seconds: expect.any(Number) },
  });
});
