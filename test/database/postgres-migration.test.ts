import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { takeInstanceLock } from '../../database/locks/instance-lock.js';
import { databaseRefusal } from '../../database/start-refused.js';
import type { MigrationRules, MigrationStep } from '../../database/upgrade/migrate.js';
import { newFolder } from '../support/databases.js';
import { type FragileDatabase, newFragileDatabase } from '../support/fragile-database.js';

/** A folder of migrations, by name. */
function migrations(files: Record<string, string>): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

async function open({ url }: FragileDatabase, rules: MigrationRules) {
  const database = await openDatabase({ kind: 'postgres', url }, rules);
  onTestFinished(() => database.close());
  return database.store;
}

describe('a migration on PostgreSQL', () => {
  const SLOW = { '0001_first.sql': 'CREATE TABLE things (id BIGINT)', '0002_slow.sql': 'SELECT pg_sleep(3)' };

  it('takes longer than every time limit there is, and the instance lock stays with its session', async () => {
    const fragile = await newFragileDatabase(inject('postgresUrl'));
    const { pathname } = new URL(fragile.url);
    for (const limit of [
      'statement_timeout',
      'idle_session_timeout',
      'idle_in_transaction_session_timeout',
    ]) {
      await fragile.ask(`ALTER ROLE ${pathname.slice(1)} SET ${limit} = '1s'`);
    }
    fragile.url += '?query_timeout=1000';
    const lock = await takeInstanceLock({ kind: 'postgres', url: fragile.url }, () => {});
    onTestFinished(() => lock.release());
    const holders = await fragile.lockHolders();
    expect(holders).toHaveLength(1);

    const store = await open(fragile, { folder: migrations(SLOW) });
    const { rows } = await sql`SELECT name FROM schema_migrations ORDER BY name`.execute(store);
    expect(rows).toEqual([{ name: '0001_first.sql' }, { name: '0002_slow.sql' }]);
    expect(await fragile.lockHolders()).toEqual(holders);
    // The limits of everything else are as they were.
    await expect(sql`SELECT pg_sleep(3)`.execute(store)).rejects.toThrow('timeout');
  });

  it('of an upgrade tells when it begins and how long it took, and how many there are', async () => {
    const fragile = await newFragileDatabase(inject('postgresUrl'));
    const steps: MigrationStep[] = [];
    const onStep = (step: MigrationStep) => steps.push(step);
    const folder = migrations({ '0001_first.sql': SLOW['0001_first.sql'] });
    await open(fragile, { folder, onStep });
    expect(steps).toEqual([]);

    writeFileSync(join(folder, '0002_slow.sql'), SLOW['0002_slow.sql']);
    writeFileSync(join(folder, '0003_last.sql'), 'ALTER TABLE things ADD COLUMN name TEXT');
    await open(fragile, { folder, onStep });
    const slow = { name: '0002_slow.sql', number: 1, of: 2 };
    const last = { name: '0003_last.sql', number: 2, of: 2 };
    expect(steps).toEqual([
      { ...slow, tookMs: null },
      { ...slow, tookMs: expect.any(Number) },
      { ...last, tookMs: null },
      { ...last, tookMs: expect.any(Number) },
    ]);
    expect(steps[1]?.tookMs).toBeGreaterThanOrEqual(3_000);

    await open(fragile, { folder, onStep });
    expect(steps).toHaveLength(4);
  });

  it.each([
    ['pg_dump', 'another program (pg_dump) has locked its table things, which has to be changed,'],
    ['', 'another program (such as pg_dump) has locked its table things, which has to be changed,'],
  ])(
    'that meets a table locked by "%s" says so, changes nothing, and works afterwards',
    async (program, words) => {
      const fragile = await newFragileDatabase(inject('postgresUrl'));
      const tables = 'CREATE TABLE others (id BIGINT); CREATE TABLE things (id BIGINT)';
      const folder = migrations({ '0001_first.sql': tables });
      await open(fragile, { folder });
      const change = 'ALTER TABLE others ADD COLUMN name TEXT; ALTER TABLE things ADD COLUMN name TEXT';
      writeFileSync(join(folder, '0002_change.sql'), change);
      const client = new pg.Client({ connectionString: fragile.url, application_name: program });
      onTestFinished(() => client.end());
      await client.connect();
      await client.query('BEGIN; LOCK TABLE things IN ACCESS SHARE MODE');

      const rules = { folder, lockTimeoutMs: 300 };
      const error = await openDatabase({ kind: 'postgres', url: fragile.url }, rules).catch((error) => error);
      expect(databaseRefusal('postgres', error).message).toBe(
        `DATABASE_URL: must be a database that nobody else holds, but ${words} for too long; wait for it to end, then start again (55P03).`,
      );
      const columns = `SELECT column_name FROM information_schema.columns WHERE column_name = 'name'
      AND table_name IN ('others', 'things')`;
      expect(await fragile.ask(columns)).toEqual([]);
      await client.query('ROLLBACK');
      await open(fragile, rules);
      expect(await fragile.ask(columns)).toHaveLength(2);
    },
  );
});
