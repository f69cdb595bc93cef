import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { migrate } from './migrate.js';
import { openPostgresPool } from './postgres.js';
import type { Store, Tables } from './schema.js';
import { openSqliteFile } from './sqlite.js';

export type DatabaseSettings = { kind: 'sqlite'; filename: string } | { kind: 'postgres'; url: string };

export interface Database {
  kind: DatabaseSettings['kind'];
  store: Store;
  close(): Promise<void>;
}

/** Opens the database and brings its schema up to date. The caller holds the instance lock. */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
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
