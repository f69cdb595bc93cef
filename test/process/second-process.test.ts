import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { DATABASES, newDatabase, newFolder } from '../support/databases.js';
import { launch, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';

const SARA = '+201001234567';
const SENTENCE = 'Another process is already running on this database; stop it first.';

async function environmentOn(
  kind: (typeof DATABASES)[number],
  whatsapp: Parameters<typeof newEnvironment>[0],
) {
  const settings = await newDatabase(kind);
  return newEnvironment(whatsapp, settings.kind === 'postgres' ? { DATABASE_URL: settings.url } : {});
}

it.each(DATABASES)(
  'a second process on the same data ends at once and leaves WhatsApp alone: %s',
  { timeout: 120_000 },
  async (kind) => {
    const whatsapp = await startWhatsApp();
    const product = await startProduct(await environmentOn(kind, whatsapp));
    await product.pair(whatsapp);
    const attempts = whatsapp.connectionAttempts().length;

    const second = launch(product.env);
    expect((await second.exited).code).toBe(1);
    expect(second.output().trim()).toBe(SENTENCE);
    expect(whatsapp.connectionAttempts()).toHaveLength(attempts);

    const { body } = await product.send(SARA);
    expect((await whatsapp.waitForMessage(({ to }) => to === SARA, 60_000)).text).toContain(body.otp);
  },
);

it.each(DATABASES)('of five starts at once exactly one serves: %s', { timeout: 120_000 }, async (kind) => {
  const whatsapp = await startWhatsApp();
  const env = await environmentOn(kind, whatsapp);
  const starts = Array.from({ length: 5 }, () => launch(env));
  await until('four have given up', () => starts.filter((start) => !start.isRunning()).length === 4, 60_000);

  const winners = starts.filter((start) => start.isRunning());
  expect(winners).toHaveLength(1);
  await until('the other one listens', () => winners[0]?.output().includes('"listening"'));
  for (const start of starts) {
    if (winners.includes(start)) continue;
    expect((await start.exited).code).toBe(1);
    expect(start.output().trim()).toBe(SENTENCE);
  }
  await until('a connection', () => whatsapp.connectionAttempts().length > 0);
  expect(whatsapp.maxConcurrentConnections()).toBeLessThanOrEqual(1);
});

it('a second process is found out, too, when it reaches the file by a link', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp));
  const file = product.env.DB_FILENAME ?? '';
  const folder = newFolder();
  symlinkSync(file, join(folder, 'link.db'));
  symlinkSync(dirname(file), join(folder, 'link'));

  const starts = ['link.db', 'link/app_data.db'].map((path) =>
    launch({ ...product.env, DB_FILENAME: join(folder, path) }),
  );
  for (const start of starts) {
    expect((await start.exited).code).toBe(1);
    expect(start.output().trim()).toBe(SENTENCE);
  }
});
