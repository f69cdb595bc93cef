import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { startTelegramServer } from '../alerts/telegram-server.js';
import { logIn } from '../support/admin-client.js';
import { GATEWAY, newEnvironment, type Product, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';
const OMAR = '+201007654321';
const NOBODY = '+201009999999';
const BOT_TOKEN = '123456789:AAf-hT2yyXkAq7oJ0nq3Zs4Vw5Xy6Za7Bc8';
const SENTENCE = 'The otter juggles at dawn';

/** Every file below a folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

it('nothing that is secret reaches a log, however much is logged, and all files are private', async () => {
  const whatsapp = await startWhatsApp();
  const telegram = await startTelegramServer();
  const env = newEnvironment(whatsapp, {
    LOG_LEVEL: 'debug',
    BAILEYS_INTERNAL_LOG_LEVEL: 'debug',
    OTP_LENGTH: '8',
    OTP_MESSAGE_TEMPLATE: `${SENTENCE}: {{code}}`,
    TELEGRAM_BOT_TOKEN: BOT_TOKEN,
    TELEGRAM_CHAT_ID: '42',
    TELEGRAM_API_BASE_URL: telegram.url,
  });
  const product = await startProduct(env);
  const stranger = await product.logIn();
  const qr = await until('a QR', async () => (await stranger.status()).qr);
  const admin = await product.pair(whatsapp);

  const codes = await liveThrough(product, whatsapp);
  await admin.post('/session/reload');
  await product.ready();
  whatsapp.phone(GATEWAY).unlinkDevices();
  await telegram.waitForAccepted(1);
  await until('a QR', async () => (await admin.status()).qr);
  const answer = await admin.post('/session/pairing-code', { phoneNumber: GATEWAY });
  const { pairingCode } = (await answer.json()) as { pairingCode: string };
  const data = dirname(env.DB_FILENAME ?? '');
  const logs = filesIn(env.LOG_DIR ?? '');
  for (const folder of [data, env.LOG_DIR ?? '']) expect(modeOf(folder), folder).toBe('700');
  for (const file of [...logs, ...filesIn(data)]) expect(modeOf(file), file).toBe('600');
  await product.kill('SIGTERM');

  expect(logs.map((file) => file.split('/').at(-1)).sort()).toEqual([
    'combined.log',
    'error.log',
    'exceptions.log',
    'rejections.log',
  ]);
  const text = [product.output(), ...logs.map((file) => readFileSync(file, 'utf8'))].join('\n');
  expect(text).toContain('"level":"debug"');
  const [, , , advSecret = ''] = qr.split(',');
  for (const secret of [
    ...codes,
    SENTENCE,
    'a-wrong-key-from-outside',
    'a-wrong-password',
    ...['API_KEY', 'ADMIN_PASSWORD', 'SESSION_SECRET', 'JWT_SECRET', 'ENCRYPTION_KEY'].map(
      (name) => env[name],
    ),
    BOT_TOKEN,
    ...[stranger, admin].flatMap(({ cookie }) => [cookie, sessionIdIn(cookie)]),
    qr,
    advSecret,
    pairingCode,
    pairingCode.replace('-', ''),
    'privKey',
    'SessionEntry',
    SARA.slice(1),
    OMAR.slice(1),
    GATEWAY.slice(1),
  ]) {
    expect(secret, 'a secret of the test').toBeTruthy();
    expect(text.includes(String(secret)), `${secret} in a log`).toBe(false);
  }
});

/** Sends, a resend, failures of every kind, a reply. Returns the codes. */
async function liveThrough(product: Product, whatsapp: SimulatedWhatsApp): Promise<string[]> {
  const codes: string[] = [];
  const ask = async (phone: string) => {
    const { body } = await product.send(phone, { 'idempotency-key': `key-of-${phone}` });
    codes.push(String(body.otp));
    return Number(body.jobId);
  };
  await ask(SARA);
  const { id } = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
  whatsapp.handset(SARA).requestRetry(id);
  await until('a resend', () => whatsapp.messages(SARA)[0]?.copies === 2);
  whatsapp.setOnWhatsApp(NOBODY, false);
  const refused = await ask(NOBODY);
  await until('a failure', async () => (await product.job(refused)).error?.code === 'not_on_whatsapp');
  whatsapp.faults.garbage('undecryptable');
  await whatsapp.handset(SARA).reply(`I got ${SENTENCE}`);
  whatsapp.faults.streamError(503);
  await ask(OMAR);
  await whatsapp.waitForMessage(({ to }) => to === OMAR, 60_000);
  expect((await product.send(SARA, { 'x-api-key': 'a-wrong-key-from-outside' })).status).toBe(401);
  await expect(logIn(product.url, 'admin', 'a-wrong-password')).rejects.toThrow('401');
  return codes;
}

/** `otp_admin=s%3A<id>.<signature>` */
function sessionIdIn(cookie: string): string {
  return /=s%3A([^.]+)\./.exec(cookie)?.[1] ?? '';
}

it('within ten seconds of its expiry a code is gone from the database', async () => {
  const whatsapp = await startWhatsApp();
  const env = newEnvironment(whatsapp, {
    OTP_TTL_SECONDS: '5',
    OTP_LENGTH: '8',
    OTP_MESSAGE_TEMPLATE: `${SENTENCE}: {{code}}`,
  });
  const product = await startProduct(env);
  await product.pair(whatsapp);
  const { body } = await product.send(SARA, { 'idempotency-key': 'once' });
  await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);

  const database = new Sqlite(env.DB_FILENAME, { readonly: true });
  const bodies = database.prepare('SELECT count(*) FROM jobs WHERE body IS NOT NULL').pluck();
  const answers = database.prepare('SELECT count(*) FROM idempotency_keys').pluck();
  expect([bodies.get(), answers.get()]).toEqual([1, 1]);
  const deadline = Date.parse(String(body.otp_expires_at)) + 10_000;
  await until('nothing is left', () => bodies.get() === 0 && answers.get() === 0, 15_000);
  expect(Date.now()).toBeLessThan(deadline);
  database.close();

  const folder = dirname(env.DB_FILENAME ?? '');
  const bytes = filesIn(folder)
    .map((file) => readFileSync(file, 'latin1'))
    .join('\n');
  for (const text of [SENTENCE, String(body.otp)]) expect(bytes.includes(text), text).toBe(false);
  expect(await product.job(Number(body.jobId))).toMatchObject({ status: 'sent', error: null });
});
