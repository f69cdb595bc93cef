import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import { DATABASES, newDatabase } from '../support/databases.js';

describe.each(DATABASES)('the schema on %s', (kind) => {
  async function open(settings: DatabaseSettings) {
    const database = await openDatabase(settings);
    onTestFinished(() => database.close());
    return database.store;
  }

  it('is made once: a second start changes nothing and keeps the data', async () => {
    const settings = await newDatabase(kind);
    const first = await open(settings);
    await first.insertInto('service_status').values({ account: 'a', state: 'READY', since: 1 }).execute();
    const applied = () => sql`SELECT name, applied_at FROM schema_migrations ORDER BY name`;
    const { rows } = await applied().execute(first);
    expect(rows).not.toHaveLength(0);

    const second = await open(settings);
    expect((await applied().execute(second)).rows).toEqual(rows);
    expect(await second.selectFrom('service_status').select('account').execute()).toEqual([{ account: 'a' }]);
  });

  it('of a newer version is refused', async () => {
    const settings = await newDatabase(kind);
    const store = await open(settings);
    await sql`INSERT INTO schema_migrations (name, applied_at) VALUES ('9999_future.sql', 1)`.execute(store);
    await expect(openDatabase(settings)).rejects.toThrow(/newer version.*9999_future\.sql/);
  });

  it('is made as a whole or not at all', async () => {
    const settings = await newDatabase(kind);
    // The last table of the first migration is in its way.
    await runPlain(settings, 'CREATE TABLE idempotency_keys (mine TEXT)');
    await expect(openDatabase(settings)).rejects.toThrow(/idempotency_keys/);
    await expect(runPlain(settings, 'SELECT * FROM jobs')).rejects.toThrow(/jobs/);
    await runPlain(settings, 'SELECT mine FROM idempotency_keys');

    await runPlain(settings, 'DROP TABLE idempotency_keys');
    const store = await open(settings);
    expect(await store.selectFrom('jobs').selectAll().execute()).toEqual([]);
  });

  it('gives numbers back as numbers, ids and milliseconds alike', async () => {
    const store = await open(await newDatabase(kind));
    const now = Date.parse('2026-01-01T00:00:00Z');
    const inserted = await store
      .insertInto('jobs')
      .values({
        account: 'default',
        channel: 'whatsapp',
        purpose: 'gateway',
        recipient: '+201001234567',
        message_id: 'M1',
        code_hash: 'h',
        status: 'pending',
        run_at: now,
        created_at: now,
        expires_at: now + 1,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const row = await store.selectFrom('jobs').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ id: inserted.id, created_at: now, expires_at: now + 1, attempts: 0 });
    expect(typeof inserted.id).toBe('number');
    const { count } = await store
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    expect(count).toBe(1);
  });

  it('takes no status that it does not know', async () => {
    const store = await open(await newDatabase(kind));
    const wrong = sql`INSERT INTO service_status (account, state, since) VALUES ('a', 'ASLEEP', 1)`;
    await expect(wrong.execute(store)).rejects.toThrow(/check/i);
  });
});

/** One statement, past everything that is tested here. */
async function runPlain(settings: DatabaseSettings, statement: string): Promise<void> {
  if (settings.kind === 'sqlite') {
    const file = new Sqlite(settings.filename);
    try {
      file.exec(statement);
    } finally {
      file.close();
    }
    return;
  }
  const client = new pg.Client({ connectionString: settings.url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
