import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import type { Database, DatabaseSettings } from './database.js';
import { openPostgresPool } from './drivers/postgres.js';
import { isBusy, openSqliteFile } from './drivers/sqlite.js';
import type { Store, Tables } from './schema.js';
import { type MigrationRules, migrate } from './upgrade/migrate.js';
import { migratePostgres } from './upgrade/postgres-migration.js';

export type { Database, DatabaseSettings } from './database.js';

/** How long another program may hold a SQLite file before the start gives up. */
const PATIENCE_MS = 1_500;
const RETRY_MS = 100;

/** Opens the database and brings its schema up to date. The caller holds the instance lock. */
export async function openDatabase(
  settings: DatabaseSettings,
  rules: MigrationRules = {},
): Promise<Database> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await openOnce(settings, rules);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}

async function openOnce(settings: DatabaseSettings, rules: MigrationRules): Promise<Database> {
  const { kind } = settings;
  const store =
    kind === 'sqlite' ? await openSqlite(settings.filename, rules) : await openPostgres(settings.url, rules);
  return { kind, store, close: () => store.destroy() };
}

async function openSqlite(filename: string, rules: MigrationRules): Promise<Store> {
  const store = new Kysely<Tables>({ dialect: new SqliteDialect({ database: openSqliteFile(filename) }) });
  try {
    await migrate(store, 'sqlite', rules);
  } catch (error) {
    await store.destroy();
    throw error;
  }
  return store;
}

async function openPostgres(url: string, rules: MigrationRules): Promise<Store> {
  await migratePostgres(url, rules);
  const store = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: await openPostgresPool(url) }) });
  try {
    // Makes sure that a connection for the work can be had, too; Kysely does not close a pool that was never used.
    await sql`SELECT 1`.execute(store);
  } catch (error) {
    await store.destroy();
    throw error;
  }
  return store;
}
