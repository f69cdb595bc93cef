import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import { sealBody } from '../../src/delivery/body.js';
import { createSealer } from '../../src/sealing.js';
import { DATABASES, newDatabase, newFolder } from '../support/databases.js';
import { type Environment, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

/** The last migrations of the versions before. */
const BEFORE = ['0004', '0008'];
const MIGRATIONS = join(import.meta.dirname, '../../database/migrations');
const SARA = '+201001234567';
const OMAR = '+201007654321';
const MINUTE_MS = 60_000;

const UPGRADES = DATABASES.flatMap((kind) => BEFORE.map((last) => ({ kind, last })));

it.each(UPGRADES)(
  'a database of the version with $last starts with its data: $kind',
  async ({ kind, last }) => {
    const whatsapp = await startWhatsApp();
    const settings = await newDatabase(kind);
    const place: Environment =
      settings.kind === 'postgres' ? { DATABASE_URL: settings.url } : { DB_FILENAME: settings.filename };
    const env = newEnvironment(whatsapp, place);
    await fillAsBefore(settings, env, last);

    const product = await startProduct(env);
    const admin = await product.pair(whatsapp);
    expect((await whatsapp.waitForMessage(({ to }) => to === OMAR, 60_000)).text).toBe('Your code is 4711');
    await until('sent', async () => (await product.job(2)).status === 'sent');
    expect(await product.job(1)).toMatchObject({ status: 'failed', error: { code: 'not_on_whatsapp' } });
    const found = await until('the old job in a search', async () => {
      const path = `/admin/api/jobs?q=${encodeURIComponent(SARA)}`;
      const answer = await fetch(product.url + path, { headers: { cookie: admin.cookie } });
      const body = (await answer.json()) as { jobs: object[] };
      return body.jobs.length > 0 && body;
    });
    expect(found.jobs).toMatchObject([{ jobId: 1, status: 'failed' }]);

    const post = async (path: string, body: object) =>
      await fetch(`${product.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await post('/api/users/login', { phoneNumber: SARA })).status).toBe(200);
    const { text } = await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000);
    const otp = /\b\d{5}\b/.exec(text)?.[0];
    const signedIn = await post('/api/otp/verify', { phoneNumber: SARA, otp, mode: 'login' });
    expect(await signedIn.json()).toMatchObject({
      message: 'Login successful',
      user: { name: 'Sara Nabil' },
    });
  },
);

/** A failed job, one that waits, and an account, in the tables as they were. */
async function fillAsBefore(settings: DatabaseSettings, env: Environment, last: string): Promise<void> {
  const folder = newFolder();
  for (const name of readdirSync(MIGRATIONS)) {
    if (name.slice(0, 4) <= last) cpSync(join(MIGRATIONS, name), join(folder, name));
  }
  const { store, close } = await openDatabase(settings, { folder });
  const now = Date.now();
  const sealer = createSealer(env.ENCRYPTION_KEY ?? '', 'job-body');
  const body = sealBody(sealer, { code: '4711', text: 'Your code is 4711' }, '3EB0WAITS');
  const expires = now + 30 * MINUTE_MS;
  await sql`INSERT INTO service_status (account, state, since) VALUES ('default', 'READY', ${now})`.execute(
    store,
  );
  await sql`INSERT INTO recipients (account, recipient, checked_at, jid)
    VALUES ('default', ${SARA}, ${now - 2 * MINUTE_MS}, NULL)`.execute(store);
  await sql`INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, run_at, created_at,
      expires_at, finished_at, error_code, error_message)
    VALUES ('default', 'whatsapp', 'gateway', ${SARA}, '3EB0FAILED', 'h', 'failed', ${now}, ${now}, ${now}, ${now},
      'not_on_whatsapp', 'The number is not on WhatsApp.')`.execute(store);
  await sql`INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, run_at, created_at,
      expires_at, body)
    VALUES ('default', 'whatsapp', 'gateway', ${OMAR}, '3EB0WAITS', 'h', 'pending', ${now}, ${now}, ${expires},
      ${body})`.execute(store);
  await sql`INSERT INTO users (id, contract, phone, name, profile, created_at, updated_at)
    VALUES ('8f0c0a8e-5f0f-4f8e-9c51-0a4a5e2f7d11', 'phone', ${SARA}, 'Sara Nabil', '{}', ${now}, ${now})`.execute(
    store,
  );
  await close();
}
