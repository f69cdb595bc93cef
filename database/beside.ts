import { existsSync } from 'node:fs';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import { openDatabase } from './connect.js';
import type { Database, DatabaseSettings } from './database.js';
import { openPostgresPool } from './drivers/postgres.js';
import { openSqliteFile } from './drivers/sqlite.js';
import { takeInstanceLock } from './locks/instance-lock.js';
import { AlreadyRunning } from './locks/lock.js';
import type { Store, Tables } from './schema.js';
import { columnsOf } from './upgrade/columns.js';
import { compareHistory } from './upgrade/history.js';
import { migrationFiles } from './upgrade/migration-files.js';

/** A server of an earlier version, which knows nothing of newer tables, may be running on it. */
export class OutdatedDatabase extends Error {
  override readonly name = 'OutdatedDatabase';
}

/** Nothing has been stored yet. */
export class NoDatabase extends Error {
  override readonly name = 'NoDatabase';
}

/** A command has the time to wait for a server that is writing. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens the database for a command, while a server may be running on it: takes no lock and changes no table. A database
 * that has never been used is created under the lock if `mayMake`, and is otherwise a `NoDatabase`. Throws `OutdatedDatabase`, `NewerDatabase` or
 * `EditedMigration` when its tables are not those of this version.
 */
export async function openBeside(settings: DatabaseSettings, mayMake: boolean): Promise<Database> {
  const present = await openPresent(settings);
  if (present) return present;
  if (!mayMake) throw new NoDatabase('There is no database yet; start the server or create a key first.');
  await make(settings);
  const made = await openPresent(settings);
  if (!made) throw new OutdatedDatabase('The database has no tables yet; start the server once.');
  return made;
}

/** Null when there is no database, or an empty one. */
async function openPresent(settings: DatabaseSettings): Promise<Database | null> {
  const { kind } = settings;
  if (kind === 'sqlite' && !existsSync(settings.filename)) return null;
  const store = new Kysely<Tables>({
    dialect:
      kind === 'sqlite'
        ? new SqliteDialect({ database: openSqliteFile(settings.filename, BUSY_TIMEOUT_MS) })
        : new PostgresDialect({ pool: await openPostgresPool(settings.url) }),
  });
  try {
    if (await isReady(store, kind)) return { kind, store, close: () => store.destroy() };
  } catch (error) {
    await store.destroy();
    throw error;
  }
  await store.destroy();
  return null;
}

/** False for an empty database. */
async function isReady(store: Store, kind: Database['kind']): Promise<boolean> {
  const columns = await columnsOf(store, kind);
  if (!columns.has('schema_migrations')) return false;
  const { rows } = await sql<{ name: string; checksum?: string | null }>`
    SELECT * FROM schema_migrations`.execute(store);
  const files = migrationFiles(kind);
  const { applied, unchecked } = compareHistory(rows, files);
  if (applied.length === files.length && unchecked.length === 0) return true;
  throw new OutdatedDatabase(
    'The database is of an earlier version; start the server of this version once, which brings it up to date.',
  );
}

async function make(settings: DatabaseSettings): Promise<void> {
  const lock = await takeInstanceLock(settings, () => {}).catch((error: unknown) => {
    // A server is just starting for the first time, and creates it.
    if (error instanceof AlreadyRunning) return null;
    throw error;
  });
  if (lock === null) return;
  try {
    const database = await openDatabase(settings);
    await database.close();
  } finally {
    await lock.release();
  }
}
