import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { type FragileDatabase, newFragileDatabase } from '../support/fragile-database.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import { launch, newEnvironment, type Product, startProduct, startWhatsApp } from '../support/product.js';
import { until } from '../support/until.js';
import { type Load, startLoad } from './load.js';

const TIMEOUT = { timeout: 240_000 };

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.close());

it(
  'every session cut 10 times under load: the same process goes on, nothing accepted is lost',
  TIMEOUT,
  async () => {
    const { database, load, ...story } = await underLoad();
    let cut = 0;
    for (let round = 0; round < 10; round++) {
      await load.answered(5);
      cut += await database.cutAll();
    }
    expect(cut).toBeGreaterThanOrEqual(10);
    await expectRecovery({ database, load, ...story });
  },
);

it(
  'a server that takes no writes: connections to it are not kept once another one does',
  TIMEOUT,
  async () => {
    const { database, load, ...story } = await underLoad();
    await load.answered(5);
    await database.refuseWrites();
    await database.cutAll();
    await load.refused(5);
    await database.takeWrites();
    await load.accepted(5);
    await expectRecovery({ database, load, ...story });
  },
);

it(
  'no connection to be had: every door says 503 until there is, and nothing accepted is lost',
  TIMEOUT,
  async () => {
    const { database, load, ...story } = await underLoad();
    await load.answered(5);
    await database.refuseSessions();
    await database.cutAll();
    await load.refusedEverywhere(2);
    await database.allowSessions();
    await load.accepted(5);
    await expectRecovery({ database, load, ...story });
  },
);

it.each(['fast', 'immediate'] as const)(
  'the server restarted (%s) twice under load: the same process goes on, nothing accepted is lost',
  TIMEOUT,
  async (how) => {
    const { load, ...story } = await underLoad();
    for (let round = 0; round < 2; round++) {
      await load.answered(5);
      await server.stop(how);
      await load.refusedEverywhere(2);
      await server.start();
      await load.accepted(3);
    }
    await expectRecovery({ load, ...story });
  },
);

it('a process whose lock another one has got ends by itself, in an orderly way', TIMEOUT, async () => {
  const { database, product } = await underLoad();
  const other = new pg.Client({ connectionString: database.url });
  onTestFinished(() => other.end());
  await other.connect();
  // Waits until the lock is free, and has it the moment it is.
  const taken = other.query(`SELECT pg_advisory_lock((SELECT (classid::bigint << 32) + objid::bigint
    FROM pg_locks WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))`);
  await until('the other one waits', async () => {
    const waiting = await database.ask(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    return waiting.length > 0;
  });
  await database.ask(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted`,
  );
  await taken;
  expect(await product.exited).toMatchObject({ code: 1, signal: null });
  expect(product.output()).toContain('the lock on the database was lost; another process may hold it now');
  expect(product.output()).toContain('"message":"closed"');
});

it('a shutdown while the database is away ends, and the next start goes on', TIMEOUT, async () => {
  const { database, whatsapp, product, load } = await underLoad();
  await load.answered(5);
  await database.refuseSessions();
  await database.cutAll();
  await load.refusedEverywhere(1);
  const accepted = await load.stop();
  expect((await product.kill('SIGTERM')).signal).toBeNull();
  expect(product.output()).not.toContain('the shutdown took too long');

  await database.allowSessions();
  const again = await startProduct(product.env);
  for (const { phone, otp } of accepted) {
    const message = await whatsapp.waitForMessage(({ to }) => to === phone, 60_000);
    expect(message.text).toContain(otp);
  }
  await again.ready();
});

interface Story {
  database: FragileDatabase;
  whatsapp: SimulatedWhatsApp;
  product: Product;
  load: Load;
}

async function underLoad(): Promise<Story> {
  const database = await newFragileDatabase(server.url);
  const whatsapp = await startWhatsApp();
  const product = await startProduct(
    newEnvironment(whatsapp, {
      DATABASE_URL: database.url,
      RATE_LIMIT_PER_MINUTE: '1000000',
      UNKNOWN_LOOKUPS_PER_10_MINUTES: '1000000',
    }),
  );
  const admin = await product.pair(whatsapp);
  return { database, whatsapp, product, load: startLoad(product, whatsapp, admin.cookie) };
}

/** All that was accepted arrives; one process serves, and another is refused; at the end the lock is free. */
async function expectRecovery({ database, whatsapp, product, load }: Story): Promise<void> {
  const accepted = await load.stop();
  for (const { phone, otp, jobId } of accepted) {
    const message = await whatsapp.waitForMessage(({ to }) => to === phone, 60_000);
    expect(message.text).toContain(otp);
    await until('sent', async () => (await product.job(jobId)).status === 'sent');
  }
  expect(product.isRunning()).toBe(true);
  expect(product.output()).not.toMatch(/uncaught exception|unhandled rejection/);
  await until('the lock is held again', async () => (await database.lockHolders()).length === 1);
  const second = launch(product.env);
  expect((await second.exited).code).toBe(1);
  expect(second.output()).toContain('Another process is already running');
  await product.ready();
  expect(await product.kill('SIGTERM')).toMatchObject({ code: 0, signal: null });
  expect(await database.lockHolders()).toEqual([]);
}
