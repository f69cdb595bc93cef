import { execFileSync } from 'node:child_process';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import {
  type Answer,
  newEnvironment,
  type Product,
  startProduct,
  startWhatsApp,
} from '../support/product.js';
import { until } from '../support/until.js';

const UNAVAILABLE = 'Service temporarily unavailable due to a queueing issue. Please try again shortly.';

it('while the disk takes nothing, requests get 503 and what was accepted is delivered later', async () => {
  const { whatsapp, product } = await pairedProduct();
  const accepted = await sendTo(product, numbers(1));
  expect(accepted.map(({ status }) => status)).toEqual(Array(5).fill(202));

  limitFileSize(product.pid, '4096');
  const refused = await sendTo(product, numbers(2));
  for (const answer of refused) expectUnavailable(answer);
  expect((await product.get('/readyz')).status).toBe(503);
  expect((await product.get('/healthz')).status).toBe(200);

  limitFileSize(product.pid, 'unlimited');
  await expectBack(whatsapp, product, accepted);
  expect(whatsapp.messages()).toHaveLength(10);
});

it('a receipt that comes while the disk takes nothing is noted later', async () => {
  const { whatsapp, product } = await pairedProduct();
  const [phone = ''] = numbers(1);
  whatsapp.handset(phone).autoDeliver = false;
  const { body } = await product.send(phone);
  const { id } = await whatsapp.waitForMessage(({ to }) => to === phone, 60_000);
  const job = () => product.job(Number(body.jobId));
  await until('sent', async () => (await job()).status === 'sent');

  limitFileSize(product.pid, '4096');
  whatsapp.handset(phone).confirm(id);
  await until('a line about it', () => product.output().includes('a receipt'));
  expect((await job()).deliveredAt).toBeNull();
  limitFileSize(product.pid, 'unlimited');
  await until('delivered', async () => (await job()).deliveredAt !== null);
});

it('a database that another program holds for seconds costs 503s, never a message', async () => {
  const { whatsapp, product } = await pairedProduct();
  const accepted = await sendTo(product, numbers(1));

  const other = new Sqlite(product.env.DB_FILENAME);
  other.exec('BEGIN IMMEDIATE');
  const during = await sendTo(product, numbers(2));
  other.exec('ROLLBACK');
  other.close();
  for (const answer of during) expectUnavailable(answer);

  await expectBack(whatsapp, product, accepted);
});

/** Everything that was accepted before goes out, and so does what comes now. */
async function expectBack(whatsapp: SimulatedWhatsApp, product: Product, accepted: Answer[]) {
  const later = await until('the store is back', async () => {
    const answers = await sendTo(product, numbers(3));
    return answers.every(({ status }) => status === 202) && answers;
  });
  await expectDelivered(whatsapp, numbers(1), accepted);
  await expectDelivered(whatsapp, numbers(3), later);
  await product.ready();
}

async function pairedProduct() {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(
    newEnvironment(whatsapp, { WORKER_MIN_SEND_DELAY_MS: '300', WORKER_MAX_SEND_DELAY_MS: '300' }),
  );
  await product.pair(whatsapp);
  return { whatsapp, product };
}

/** The next write past this size fails, as on a full disk; a running process cannot be told in a way more portable. */
function limitFileSize(pid: number, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

function numbers(group: number): string[] {
  return Array.from({ length: 5 }, (_, index) => `+2010${group}123450${index}`);
}

function sendTo(product: Product, phones: string[]): Promise<Answer[]> {
  return Promise.all(phones.map((phone) => product.send(phone)));
}

function expectUnavailable({ status, headers, body }: Answer): void {
  expect(status).toBe(503);
  expect(body).toEqual({
    message: UNAVAILABLE,
    code: 'store_unavailable',
    reason: 'The database takes nothing at the moment.',
    retryAfterSeconds: Number(headers.get('retry-after')),
  });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
}

async function expectDelivered(whatsapp: SimulatedWhatsApp, phones: string[], answers: Answer[]) {
  for (const [index, phone] of phones.entries()) {
    const message = await whatsapp.waitForMessage(({ to }) => to === phone, 15_000);
    expect(message.text).toContain(answers[index]?.body.otp);
    expect(whatsapp.messages(phone)).toHaveLength(1);
  }
}
