import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { expect, it } from 'vitest';
import type { SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { newDatabase } from '../support/databases.js';
import { newEnvironment, type Product, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

/** What a caller knows of one request. */
interface Request {
  phone: string;
  key: string | null;
  /** Of the first 202; null while none was received. */
  answer: Record<string, unknown> | null;
}

const CALLERS = 3;
/** `npm run test:kills` has more of them, which a run of everything has no time for. */
const KILLS = Number(process.env.KILLS ?? 15);

it(`${KILLS} kills at random moments under load lose nothing, on SQLite`, { timeout: 600_000 }, async () => {
  const whatsapp = await startWhatsApp();
  const env = newEnvironment(whatsapp, { OTP_TTL_SECONDS: '900' });
  const { requests, last } = await killUnderLoad(whatsapp, env, KILLS);
  await last.kill('SIGTERM');

  const database = new Sqlite(env.DB_FILENAME, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  const count = database.prepare('SELECT count(*), count(DISTINCT recipient) FROM jobs').raw().get();
  database.close();
  expectOneJobPerNumber(count as number[], requests);
});

it('5 kills at random moments under load lose nothing, on PostgreSQL', { timeout: 300_000 }, async () => {
  const whatsapp = await startWhatsApp();
  const settings = await newDatabase('postgres');
  const url = settings.kind === 'postgres' ? settings.url : '';
  const env = newEnvironment(whatsapp, { OTP_TTL_SECONDS: '900', DATABASE_URL: url });
  const { requests, last } = await killUnderLoad(whatsapp, env, 5);
  await last.kill('SIGTERM');

  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query({
    text: 'SELECT count(*)::int, count(DISTINCT recipient)::int FROM jobs',
    rowMode: 'array',
  });
  await client.end();
  expectOneJobPerNumber(rows[0] as number[], requests);
});

async function killUnderLoad(whatsapp: SimulatedWhatsApp, env: Record<string, string>, kills: number) {
  const requests: Request[] = [];
  let product = await startProduct(env);
  await product.pair(whatsapp);
  whatsapp.faults.latencyMs = 10;
  for (let kill = 0; kill < kills; kill++) {
    const load = askUntilKilled(product, requests);
    // Every other process may log in first: the rest die while they are still on the way to WhatsApp.
    const logins = whatsapp.logins();
    if (kill % 2 && kill > 0) await until('a login', () => whatsapp.logins() > logins);
    await sleep(randomInt(50, 500));
    const burst = watched(Promise.all(several(() => ask(product, newRequest(requests)))));
    await sleep(randomInt(0, 10));
    await product.kill('SIGKILL');
    await Promise.all([load, burst]);
    product = await startProduct(env);
  }
  await expectNothingLost(whatsapp, product, requests, kills);
  return { requests, last: product };
}

/** Several callers; first they repeat the requests that the last process left unanswered. */
function askUntilKilled(product: Product, requests: Request[]): Promise<unknown> {
  const open = requests.filter(({ key, answer }) => key && !answer);
  const callers = several(async () => {
    while (await ask(product, open.pop() ?? newRequest(requests))) await sleep(randomInt(150, 300));
  });
  return watched(Promise.all(callers));
}

function several<T>(act: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: CALLERS }, act);
}

/** What goes wrong is told where the promise is waited for: after the kill. */
function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function newRequest(requests: Request[]): Request {
  const phone = `+2010${String(10_000_000 + requests.length)}`;
  const request = { phone, key: randomInt(2) ? randomUUID() : null, answer: null };
  requests.push(request);
  return request;
}

/** False when the process ended first. */
async function ask(product: Product, request: Request): Promise<boolean> {
  const { phone, key } = request;
  const answer = await product.send(phone, key ? { 'idempotency-key': key } : {}).catch((error) => {
    if (error instanceof TypeError && !product.isRunning()) return null;
    throw error;
  });
  if (!answer) return false;
  expect(answer.status).toBe(202);
  expect(answer.body).toEqual(request.answer ?? answer.body);
  request.answer = answer.body;
  return true;
}

async function expectNothingLost(
  whatsapp: SimulatedWhatsApp,
  product: Product,
  requests: Request[],
  kills: number,
) {
  await product.ready();
  // Whoever had a key asks again, answered or not: no second job, the first answer.
  for (const request of requests) if (request.key) await ask(product, request);
  for (const { phone, answer } of requests) {
    if (!answer) continue;
    const message = await whatsapp.waitForMessage(({ to }) => to === phone, 30_000);
    expect(message.text).toContain(answer.otp);
    await until('sent', async () => (await product.job(Number(answer.jobId))).status === 'sent');
  }
  const frames = whatsapp.frames();
  const jobs = new Set(frames.map(({ id }) => id));
  expect(new Set(frames.map(({ to }) => to)).size).toBe(jobs.size);
  expect(frames.length - jobs.size).toBeLessThanOrEqual(kills);
}

/** A request without an answer and without a key may have made its job or not; all others made one. */
function expectOneJobPerNumber([jobs, numbers]: number[], requests: Request[]): void {
  expect(jobs).toBe(numbers);
  expect(jobs).toBeLessThanOrEqual(requests.length);
  expect(jobs).toBeGreaterThanOrEqual(requests.filter(({ answer }) => answer).length);
}
