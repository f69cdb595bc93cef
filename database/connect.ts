import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { migrate } from './migrate.js';
import type { Store, Tables } from './schema.js';
import { openSqliteFile } from './sqlite.js';

export type DatabaseSettings = { kind: 'sqlite'; filename: string } | { kind: 'postgres'; url: string };

export interface Database {
  kind: DatabaseSettings['kind'];
  store: Store;
  close(): Promise<void>;
}

const POSTGRES_INT8 = 20;

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
  // Imported where it is used: most installations run on SQLite.
  const { default: pg } = await import('pg');
  /** BIGINT as a number: all of ours are ids and milliseconds, far below 2^53. */
  const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
    oid === POSTGRES_INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5_000,
    // A connection that went silent must not hold up the queue.
    query_timeout: 10_000,
    keepAlive: true,
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced by the pool; the next query reports what matters.
  pool.on('error', () => {});
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
