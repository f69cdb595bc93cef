import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Dialect, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import type { Database, DatabaseSettings } from '../../database/connect.js';
import { openPostgresPool } from '../../database/drivers/postgres.js';
import { openSqliteFile } from '../../database/drivers/sqlite.js';
import type { Tables } from '../../database/schema.js';

export const DATABASES = ['sqlite', 'postgres'] as const;

/** Settings of a new, empty database of this kind: for what a first start makes of it. */
export async function newDatabase(kind: DatabaseSettings['kind']): Promise<DatabaseSettings> {
  if (kind === 'sqlite') return { kind, filename: join(newFolder(), 'app_data.db') };
  return await newPostgres('template1');
}

/** Whether nothing has been made of a `newDatabase` yet. */
export async function isUntouched(settings: DatabaseSettings): Promise<boolean> {
  if (settings.kind === 'sqlite') return !existsSync(settings.filename);
  const client = new pg.Client({ connectionString: settings.url });
  await client.connect();
  const tables = await client
    .query(`SELECT FROM information_schema.tables WHERE table_schema = 'public'`)
    .finally(() => client.end());
  return tables.rowCount === 0;
}

/** Settings of a new database that has its tables: a copy of the run's own. */
export async function newMigratedDatabase(kind: DatabaseSettings['kind']): Promise<DatabaseSettings> {
  const template = inject('migratedDatabases')[kind];
  if (kind === 'postgres') return await newPostgres(template);
  const filename = join(newFolder(), 'app_data.db');
  copyFileSync(template, filename);
  return { kind, filename };
}

/** Over a new database with its tables; with `close` it is gone. */
export async function openTestDatabase(kind: DatabaseSettings['kind'] = 'sqlite'): Promise<Database> {
  const settings = await newMigratedDatabase(kind);
  const store = new Kysely<Tables>({ dialect: await dialectOf(settings) });
  // Kysely forgets to close what was never used.
  await sql`SELECT 1`.execute(store);
  return {
    kind,
    store,
    async close() {
      await store.destroy();
      dropDatabase(settings);
    },
  };
}

/** Makes room for others, soon: the server may still be closing its sessions, and would wait for them. */
export function dropDatabase(settings: DatabaseSettings): void {
  if (settings.kind === 'postgres') unused.push(new URL(settings.url).pathname.slice(1));
}

/** A new folder that is gone when the run ends. */
export function newFolder(): string {
  return mkdtempSync(join(inject('runFolder'), 'test-'));
}

const unused: string[] = [];
afterAll(dropUnused);

/** One that is in use all the same stays until the run ends. */
async function dropUnused(): Promise<void> {
  for (const name of unused.splice(0)) await asSuperuser(`DROP DATABASE ${name}`).catch(() => {});
}

async function newPostgres(template: string): Promise<DatabaseSettings> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  await dropUnused();
  return { kind: 'postgres', url: `${inject('postgresUrl')}/${name}` };
}

/** As `openDatabase` does, which would look for migrations first. */
async function dialectOf(settings: DatabaseSettings): Promise<Dialect> {
  return settings.kind === 'sqlite'
    ? new SqliteDialect({ database: openSqliteFile(settings.filename) })
    : new PostgresDialect({ pool: await openPostgresPool(settings.url) });
}

let superuser: Promise<pg.Client> | undefined;

async function asSuperuser(statement: string): Promise<void> {
  superuser ??= connectSuperuser();
  await (await superuser).query(statement);
}

/** One for all tests of the file; it ends with their process. */
async function connectSuperuser(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  client.on('error', () => {});
  await client.connect();
  return client;
}
