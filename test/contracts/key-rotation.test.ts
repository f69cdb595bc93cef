import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { openDatabase } from '../../database/connect.js';
import { logIn } from '../support/admin-client.js';
import { DATABASES } from '../support/databases.js';
import { until } from '../support/until.js';
import { loginByPhone, phoneSignUp, type Waiting } from './flows.js';
import { type Answer, newPhone, type Product, startProduct } from './harness.js';
import { phoneUser, whatsappUser } from './people.js';

const REQUESTS = 1_000;
const AT_ONCE = 25;
const HOUR_MS = 3_600_000;
const ROTATED = ['API_KEY', 'JWT_SECRET', 'ENCRYPTION_KEY'] as const;

describe.each(DATABASES)('all keys are changed at once, on %s', (kind) => {
  let product: Product;
  let old: Record<string, string>;
  let token: string;
  let dashboard: string;
  const waiting: Waiting[] = [];
  /** Codes that were asked for under the keys of before. */
  const sent: { phoneNumber: string; key: string; answer: Answer }[] = [];

  const me = (bearer: string) => product.get('/api/users/me', { authorization: `Bearer ${bearer}` });
  const send = (phoneNumber: string, apiKey: string, idempotencyKey: string) =>
    product.post(
      '/api/v1/otp/send',
      { phoneNumber },
      { headers: { 'x-api-key': apiKey, 'idempotency-key': idempotencyKey } },
    );
  const present = (name: (typeof ROTATED)[number]) => product.env[name] ?? '';
  const newSecret = () => randomBytes(32).toString('hex');

  beforeAll(async () => {
    product = await startProduct(kind, { RATE_LIMIT_PER_MINUTE: '1000000', OTP_LENGTH: '6' });
    token = (await whatsappUser(product)).token;
    waiting.push(await loginByPhone(product, await phoneUser(product)), await phoneSignUp(product));
    const asked = Array.from({ length: AT_ONCE }, async (_, at) => {
      const [phoneNumber, key] = [newPhone(), `key-${at}`];
      sent.push({ phoneNumber, key, answer: await send(phoneNumber, present('API_KEY'), key) });
    });
    await Promise.all(asked);
    expect(new Set(sent.map(({ answer }) => answer.status))).toEqual(new Set([202]));
    const { ADMIN_USERNAME = '', ADMIN_PASSWORD = '' } = product.env;
    dashboard = (await logIn(product.url, ADMIN_USERNAME, ADMIN_PASSWORD)).cookie;
    old = { ...product.env };
    for (const name of ROTATED) {
      product.env[`${name}_PREVIOUS`] = present(name);
      product.env[name] = newSecret();
    }
    await product.restart();
  }, 120_000);
  afterAll(() => product?.close());

  it('whoever is at the dashboard stays there', async () => {
    expect((await product.get('/admin/status', { cookie: dashboard })).status).toBe(200);
  });

  it(`none of ${REQUESTS} requests is refused: sends again, which get the first answer, fresh ones, and tokens`, async () => {
    const keys = [old.API_KEY ?? '', present('API_KEY')];
    const { token: fresh } = await whatsappUser(product);
    for (let round = 0; round < REQUESTS / AT_ONCE; round++) {
      const apiKey = keys[round % 2] ?? '';
      const again = sent.filter((_, at) => at % 5 !== round % 5);
      const others = [send(newPhone(), apiKey, `fresh-${round}`), ...[token, token, fresh, fresh].map(me)];
      const replayed = await Promise.all(again.map(({ phoneNumber, key }) => send(phoneNumber, apiKey, key)));
      expect(replayed.map(({ body }) => body)).toEqual(again.map(({ answer }) => answer.body));
      expect((await Promise.all(others)).map(({ status }) => status)).toEqual([202, 200, 200, 200, 200]);
    }
    const other = await send(newPhone(), present('API_KEY'), 'key-0');
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('messages that waited meanwhile go out, each once', async () => {
    for (const { phoneNumber, answer } of sent) {
      await until(`the message to ${phoneNumber}`, () => product.messagesOf(phoneNumber).length > 0);
      expect(product.messagesOf(phoneNumber)).toEqual([expect.stringContaining(String(answer.body.otp))]);
    }
  });

  it('codes that were sent before are still right, once, and so are new ones', async () => {
    for (const { code, give } of waiting) {
      expect((await give(code)).status).toBeLessThan(300);
      expect((await give(code)).status).toBe(400);
    }
    const { code, give } = await phoneSignUp(product);
    expect((await give(code)).status).toBeLessThan(300);
  });

  it('without the keys of before they are dead, and everything else goes on', async () => {
    await until('all is sealed anew', () => isResealed(product));
    const answer = await send(newPhone(), present('API_KEY'), 'a-new-key');
    for (const name of ROTATED) delete product.env[`${name}_PREVIOUS`];
    // The session with WhatsApp is open again.
    await product.restart();
    const { token: fresh } = await whatsappUser(product);
    expect((await me(fresh)).status).toBe(200);
    expect((await me(token)).status).toBe(401);
    const job = `/api/v1/otp/${String(answer.body.jobId)}`;
    expect((await product.get(job, { 'x-api-key': present('API_KEY') })).status).toBe(200);
    expect((await product.get(job, { 'x-api-key': old.API_KEY ?? '' })).status).toBe(401);
  });

  it('a token of before is refused once the longest has ended, even if its secret is still given', async () => {
    const { token: last } = await whatsappUser(product);
    product.env.JWT_SECRET_PREVIOUS = present('JWT_SECRET');
    product.env.JWT_SECRET = newSecret();
    product.env.JWT_EXPIRES_IN = '25h';
    await product.restart();
    expect((await me(last)).status).toBe(200);
    product.pass(25 * HOUR_MS);
    // Its own lifetime was seven days.
    expect((await me(last)).status).toBe(401);
  });
});

async function isResealed({ env }: Product): Promise<boolean> {
  const { database } = loadConfig({ environment: env, envFile: null });
  const { store, close } = await openDatabase(database);
  const rows = await store.selectFrom('resealed').select('finished_at').execute().finally(close);
  return rows.length > 0 && rows.every((row) => row.finished_at !== null);
}
