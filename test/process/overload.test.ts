import { expect, it } from 'vitest';
import { type Answer, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';

it('of 200 requests at once, what is accepted arrives in time and the rest is told to come back', async () => {
  const whatsapp = await startWhatsApp();
  const env = newEnvironment(whatsapp, {
    OTP_TTL_SECONDS: '20',
    WORKER_MIN_SEND_DELAY_MS: '500',
    WORKER_MAX_SEND_DELAY_MS: '2000',
  });
  const product = await startProduct(env);
  await product.pair(whatsapp);

  const phones = Array.from({ length: 200 }, (_, index) => `+2010${10_000_000 + index}`);
  const answers = await Promise.all(
    phones.map(async (phone) => ({ phone, answer: await product.send(phone) })),
  );
  const accepted = answers.filter(({ answer }) => answer.status === 202);
  const refused = answers.filter(({ answer }) => answer.status !== 202);
  expect(accepted.length).toBeGreaterThan(3);
  expect(accepted.length).toBeLessThan(30);
  for (const { answer } of refused) expectToldToComeBack(answer);

  for (const { phone, answer } of accepted) {
    const message = await whatsapp.waitForMessage(({ to }) => to === phone, 60_000);
    expect(message.text).toContain(answer.body.otp);
    expect(Date.parse(message.at)).toBeLessThan(Date.parse(String(answer.body.otp_expires_at)));
  }
  expect(whatsapp.messages()).toHaveLength(accepted.length);
});

function expectToldToComeBack({ status, headers, body }: Answer): void {
  expect(status).toBe(503);
  expect(body).toMatchObject({
    message: 'Service temporarily unavailable due to a queueing issue. Please try again shortly.',
    code: 'queue_full',
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}
