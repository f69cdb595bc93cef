import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { openDatabase } from '../../database/connect.js';
import { openApp } from '../../src/app.js';
import { silentLog } from '../../src/log.js';
import { newMigratedDatabase } from '../support/databases.js';
import { newEnvironment, startWhatsApp } from '../support/product.js';

it('a cold message to a blocked prefix is refused before anything else is looked at', async () => {
  const whatsapp = await startWhatsApp();
  const settings = await newMigratedDatabase('sqlite');
  if (settings.kind !== 'sqlite') throw new Error('This is about a file');
  const environment = newEnvironment(whatsapp, { NODE_ENV: 'test', DB_FILENAME: settings.filename });
  const { store, close } = await openDatabase(settings);
  const since = Date.now();
  const block = { country: 'EG', since, until: since + 12 * 3_600_000, started: 20, approved: 0 };
  await store
    .insertInto('blocked_prefixes')
    .values({ prefix: '+20100123', ...block })
    .execute();
  await close();

  const app = await openApp({
    config: loadConfig({ environment, envFile: null }),
    log: silentLog,
    onLockLost: () => {},
  });
  onTestFinished(app.close);
  const url = `http://127.0.0.1:${await app.listen()}`;
  const send = async (phoneNumber: string) => {
    const answer = await fetch(`${url}/api/v1/otp/send`, {
      method: 'POST',
      headers: { 'X-API-KEY': environment.API_KEY ?? '', 'Content-Type': 'application/json' },
      body: JSON.stringify({ phoneNumber }),
    });
    const { code, reason } = (await answer.json()) as Record<string, string>;
    return { status: answer.status, code, reason, retryAfter: Number(answer.headers.get('retry-after')) };
  };
  const refused = await send('+201001234567');
  expect(refused).toMatchObject({
    status: 503,
    code: 'blocked_prefix',
    reason: expect.stringContaining('they are blocked for some hours'),
  });
  expect(refused.retryAfter).toBeGreaterThan(11 * 3_600);
  expect((await send('+201009994567')).code).not.toBe('blocked_prefix');
});
