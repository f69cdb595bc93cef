import { setTimeout as sleep } from 'node:timers/promises';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { migrate } from './migrate.js';
import { openPostgresPool } from './postgres.js';
import type { Store, Tables } from './schema.js';
import { isBusy, openSqliteFile } from './sqlite.js';

export type DatabaseSettings = { kind: 'sqlite'; filename: string } | { kind: 'postgres'; url: string };

export interface Database {
  kind: DatabaseSettings['kind'];
  store: Store;
  close(): Promise<void>;
}

/** How long another program may hold a SQLite file before the start gives up. */
const PATIENCE_MS = 1_500;
const RETRY_MS = 100;

/** Opens the database and brings its schema up to date. The caller holds the instance lock. */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await openOnce(settings);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}

async function openOnce(settings: DatabaseSettings): Promise<Database> {
  const store = settings.kind === 'sqlite' ? openSqlite(settings.filename) : await openPostgres(settings.url);
  try {
    await migrate(store, settings.kind);
  } catch (error) {
    await store.destroy();
    throw error;
  }
  return { kind: settings.kind, store, close: () => store.destroy() };
}

function openSqlite(filename: string): Store {
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: openSqliteFile(filename) }) });
}

async function openPostgres(url: string): Promise<Store> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: await openPostgresPool(url) }) });
}
