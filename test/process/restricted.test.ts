import { expect, it } from 'vitest';
import { GATEWAY, newEnvironment, type Product, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const FRIEND = '+201001234567';
const STRANGER = '+201007654321';
const ANOTHER_STRANGER = '+201005555555';

it('a restriction survives the restart: no stranger is written to, friends are served', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  await product.pair(whatsapp);
  await product.send(FRIEND);
  await whatsapp.waitForMessage(({ to }) => to === FRIEND, 60_000);
  await whatsapp.handset(FRIEND).reply('hello', GATEWAY);

  whatsapp.phone(GATEWAY).restrict({ until: Date.now() + 3_600_000, notify: false });
  const { body } = await product.send(STRANGER);
  await until('a refusal', async () => (await product.job(Number(body.jobId))).status === 'failed');
  expect((await product.job(Number(body.jobId))).error?.code).toBe('reach_out_restricted');
  expect(whatsapp.frames().filter(({ to }) => to === STRANGER)).toHaveLength(1);
  const asked = whatsapp.queries('contact');
  await expectOnlyFriends(product);
  // Whoever was refused as a stranger may be known under another spelling.
  await until('a look-up of the stranger', () => whatsapp.queries('contact') > asked);

  await product.kill('SIGTERM');
  const again = await startProduct(product.env);
  await again.ready();
  await expectOnlyFriends(again);
  await until('a second code', () => whatsapp.messages(FRIEND).length === 3);
  expect(whatsapp.frames().filter(({ to }) => to !== FRIEND)).toHaveLength(1);
});

async function expectOnlyFriends(product: Product): Promise<void> {
  const ready = await until('RESTRICTED', async () => {
    const answer = await product.get('/readyz');
    return answer.body.state === 'RESTRICTED' && answer;
  });
  expect(ready.status).toBe(200);
  expect(String(ready.body.note)).toMatch(/restricted/i);

  const cold = await product.send(ANOTHER_STRANGER);
  expect(cold).toMatchObject({ status: 503, body: { code: 'sender_restricted' } });
  expect(Number(cold.headers.get('retry-after'))).toBeGreaterThan(0);
  const warm = await product.send(FRIEND);
  expect(warm.status).toBe(202);
  await until('sent', async () => (await product.job(Number(warm.body.jobId))).status === 'sent');
}
