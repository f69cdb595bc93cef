import { readFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import type { JobRow, Store } from '../../database/schema.js';
import { NOTICE } from '../../src/delivery/job.js';
import { DATABASES, newDatabase } from '../support/databases.js';
import { createWorld, TTL_MS } from './world.js';

const SLOT_MS = 300_000;

describe.each(DATABASES)('the counters on %s', (kind) => {
  async function start(settings?: DatabaseSettings) {
    const database = await openDatabase(settings ?? (await newDatabase(kind)));
    onTestFinished(() => database.close());
    return createWorld(database);
  }

  it('say what counting would, through every turn of a job', async () => {
    const world = await start();
    const { store, clock } = world;
    const check = async () => expect(await kept(store)).toEqual(await counted(store));

    await world.add('+201001234501');
    await world.add('+201001234502');
    await check();
    await world.add('+201001234501');
    await Promise.all([world.add('+201001234503'), world.add('+201001234503')]);
    await check();
    expect(await world.jobs.counts()).toEqual({
      pending: 3,
      processing: 0,
      sent: 0,
      failed: 2,
      expired: 0,
      canceled: 0,
    });

    const first = await world.claim();
    expect(await world.jobs.counts()).toMatchObject({ pending: 2, processing: 1 });
    await world.receipt(first, 'accepted');
    await clock.advance(SLOT_MS / 2);
    await world.receipt(first, 'delivered');
    await world.receipt(first, 'read');
    await world.receipt(first, 'delivered');
    await check();

    const [second, third] = [await world.claim(), await world.claim()];
    await world.fail(second);
    await check();
    await world.jobs.retry(second.id);
    await check();
    await world.fail(await world.claim());
    await check();
    await world.receipt(second, 'delivered');
    await check();
    expect(await world.jobs.find(second.id)).toMatchObject({ status: 'sent', error: null });

    await clock.advance(TTL_MS);
    await world.sweep.expire();
    await world.sweep.wipe();
    await check();
    expect(await world.jobs.counts()).toEqual({
      pending: 0,
      processing: 0,
      sent: 2,
      failed: 2,
      expired: 1,
      canceled: 0,
    });
    await world.receipt(third, 'read');
    await check();
    expect(await world.jobs.counts()).toEqual({
      pending: 0,
      processing: 0,
      sent: 3,
      failed: 2,
      expired: 0,
      canceled: 0,
    });
  });

  it('follow a job that was superseded while it was under way', async () => {
    const world = await start();
    await world.add();
    const job = await world.claim();
    await world.add();
    await world.queue.complete(job, { kind: 'release', runAt: world.clock.now(), counted: false }, null);
    expect(await world.jobs.counts()).toMatchObject({ pending: 1, failed: 1 });
    expect(await kept(world.store)).toEqual(await counted(world.store));
  });

  it('leave notices out of what arrived, but not out of the jobs', async () => {
    const world = await start();
    const notice = { purpose: NOTICE, code: '', caller: NOTICE };
    await world.add('+201001234501', { ...notice, askedBy: 'one' });
    await world.receipt(await world.claim(), 'delivered');
    const id = await world.add('+201001234501', { ...notice, askedBy: 'two' });
    await world.fail(await world.claim());
    expect(await world.jobs.counts()).toMatchObject({ sent: 1, failed: 1 });
    expect((await world.stats.overview()).lastHour).toEqual({
      sent: 0,
      delivered: 0,
      failed: 0,
      expired: 0,
      deliveryRate: null,
      medianToHandsetMs: null,
    });
    await world.jobs.retry(id);
    await world.receipt(await world.claim(), 'accepted');
    expect((await world.stats.overview()).lastHour).toMatchObject({ sent: 0, failed: 0 });
    expect(await kept(world.store)).toEqual(await counted(world.store));
  });

  it('forget deleted jobs, but not what happened when', async () => {
    const world = await start();
    const ids = [await world.failed('+201001234501'), await world.failed('+201001234502')];
    for (const id of ids) await world.jobs.remove(id);
    expect(await world.jobs.counts()).toEqual({
      pending: 0,
      processing: 0,
      sent: 0,
      failed: 0,
      expired: 0,
      canceled: 0,
    });
    expect((await world.stats.overview()).lastHour.failed).toBe(2);
  });

  it('lose nothing to statements that run at the same time, nor to the summing up', async () => {
    const world = await start();
    const numbers = Array.from({ length: 40 }, (_, n) => `+2010012345${10 + n}`);
    await Promise.all(numbers.map((number) => world.add(number)));
    const jobs = await Promise.all(numbers.map(() => world.claim()));
    await Promise.all([
      ...jobs.map((job, n) => (n % 2 === 0 ? world.fail(job) : world.receipt(job, 'delivered'))),
      ...Array.from({ length: 5 }, () => world.counters.fold()),
    ]);
    expect(await world.jobs.counts()).toMatchObject({ processing: 0, sent: 20, failed: 20 });
    await world.counters.fold();
    expect(await world.jobs.counts()).toMatchObject({ processing: 0, sent: 20, failed: 20 });
    expect(await kept(world.store)).toEqual(await counted(world.store));
    expect(kind === 'postgres' ? await waiting(world.store) : []).toEqual([]);
  });

  it('begin right in a database that was filled by an earlier version', async () => {
    const settings = await newDatabase(kind);
    const at = Date.parse('2026-01-01T00:00:00Z');
    const rows = Array.from({ length: 2_500 }, (_, n) => {
      const status = ['sent', 'sent', 'failed', 'expired', 'pending'][n % 5];
      const ended = status === 'pending' ? 'NULL' : `${at + n * 1_000}`;
      const sent = status === 'sent' ? ended : 'NULL';
      const error = n % 10 === 2 ? `'superseded'` : 'NULL';
      const delivered = n % 2 === 0 ? sent : 'NULL';
      return `('a', 'c', 'p', '+201001234567', 'M${n}', 'h', '${status}', 0, ${at}, ${at}, ${ended}, ${sent}, ${delivered}, ${error})`;
    });
    await run(settings, [
      readFileSync('database/migrations/0001_gateway.sql', 'utf8').replaceAll(
        '{{NUMERIC_ID}}',
        kind === 'sqlite'
          ? 'INTEGER PRIMARY KEY AUTOINCREMENT'
          : 'BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY',
      ),
      'CREATE TABLE schema_migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)',
      `INSERT INTO schema_migrations VALUES ('0001_gateway.sql', 1)`,
      `INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, run_at, expires_at, created_at,
         finished_at, sent_at, delivered_at, error_code) VALUES ${rows.join(', ')}`,
    ]);
    const world = await start(settings);
    expect(await world.jobs.counts()).toEqual({
      pending: 500,
      processing: 0,
      sent: 1_000,
      failed: 500,
      expired: 500,
      canceled: 0,
    });
    expect(await kept(world.store)).toEqual(await counted(world.store));
  });

  it('are pruned: figures over time go when nobody asks for them any more, counts of jobs stay', async () => {
    const world = await start();
    await world.add('+201001234501');
    await world.receipt(await world.claim(), 'delivered');
    const id = await world.failed('+201001234502');
    const names = async () => {
      await world.counters.fold();
      await world.counters.prune();
      return [...new Set((await kept(world.store)).map(({ name }) => name))];
    };
    expect(await names()).toEqual(['at.delivered', 'at.failed', 'at.sent', 'failed', 'sent', 'took']);
    await world.clock.advance(9 * 86_400_000);
    expect(await names()).toEqual(['at.delivered', 'at.failed', 'at.sent', 'failed', 'sent']);
    await world.clock.advance(90 * 86_400_000);
    expect(await names()).toEqual(['failed', 'sent']);
    await world.jobs.remove(id);
    expect(await names()).toEqual(['sent']);
    const rows = await world.store.selectFrom('counters').select('name').execute();
    expect(rows).toEqual([{ name: 'sent' }]);
  });
});

interface Figure {
  name: string;
  slot: number;
  value: number;
}

/** What the counters say. */
/** PostgreSQL: what is still to be summed up. */
async function waiting(store: Store): Promise<unknown[]> {
  return (await sql`SELECT * FROM counter_changes`.execute(store)).rows;
}

async function kept(store: Store): Promise<Figure[]> {
  const rows = await store.selectFrom('counter_values').selectAll().execute();
  expect(rows.every(({ slot }) => Number.isInteger(slot))).toBe(true);
  return sum(rows);
}

/** The same, counted from the jobs. */
async function counted(store: Store): Promise<Figure[]> {
  return sum((await store.selectFrom('jobs').selectAll().execute()).flatMap(figuresOf));
}

function figuresOf(job: JobRow): Figure[] {
  if (job.finished_at === null) return [];
  const sentSlot = Math.floor((job.sent_at ?? 0) / SLOT_MS);
  const slot = job.status === 'sent' ? sentSlot : Math.floor(job.finished_at / SLOT_MS);
  const figures = [{ name: job.status as string, slot: Math.floor(job.id / 1024), value: 1 }];
  // Mails have no receipts: they are in no figure of the delivery.
  if (job.error_code !== 'superseded' && job.channel !== 'email' && job.purpose !== NOTICE)
    figures.push({ name: `at.${job.status}`, slot, value: 1 });
  if (job.delivered_at !== null && job.purpose !== NOTICE) {
    const ms = Number((job.delivered_at - job.created_at).toPrecision(6));
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, ms))) - 1);
    figures.push({ name: 'at.delivered', slot: sentSlot, value: 1 });
    figures.push({ name: 'took', slot: sentSlot * 10_000_000 + Math.floor(ms / unit) * unit, value: 1 });
  }
  return figures;
}

function sum(figures: Figure[]): Figure[] {
  const sums = new Map<string, Figure>();
  for (const { name, slot, value } of figures) {
    const key = `${name} ${String(slot).padStart(20, '0')}`;
    sums.set(key, { name, slot, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, figure]) => figure)
    .filter(({ value }) => value !== 0);
}

/** Past everything that is tested here. */
async function run(settings: DatabaseSettings, statements: string[]): Promise<void> {
  if (settings.kind === 'sqlite') {
    const file = new Sqlite(settings.filename);
    for (const statement of statements) file.exec(statement);
    file.close();
    return;
  }
  const client = new pg.Client({ connectionString: settings.url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
