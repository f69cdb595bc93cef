import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { makeFolder } from '../folder.js';

/** While another program, such as a command, holds the file, the whole process is blocked. */
const BUSY_TIMEOUT_MS = 250;
/** Total length of the prepared statements' texts, in characters; SQLite uses about forty bytes for each. */
const MAX_PREPARED = 300_000;

/**
 * The file, durable at every commit, in the shape that Kysely's dialect expects.
 * @param busyTimeoutMs how long a statement waits for another program that holds the file.
 */
export function openSqliteFile(filename: string, busyTimeoutMs = BUSY_TIMEOUT_MS): SqliteDatabase {
  makeFolder(dirname(filename));
  const database = new Sqlite(filename, { timeout: busyTimeoutMs });
  try {
    prepareFile(database, filename);
  } catch (error) {
    database.close();
    throw error;
  }
  return { prepare: cachedPrepare(database), close: () => database.close() };
}

function prepareFile(database: Sqlite.Database, filename: string): void {
  database.pragma('journal_mode = WAL');
  // NORMAL, the default with WAL, loses the last commits on a power failure: a 202 would have been a lie.
  database.pragma('synchronous = FULL');
  // 16 MB instead of 4: pages that change repeatedly are copied to the file less often.
  database.pragma('wal_autocheckpoint = 4000');
  // In kB. The dashboard's scans read about 10 MB; anything above that would only cost memory.
  database.pragma('cache_size = -12000');
  database.pragma('foreign_keys = ON');
  database.pragma('secure_delete = ON');
  // SQLite gives -wal and -shm, which the first write creates, the mode of the main file.
  chmodSync(filename, 0o600);
  // A program that is writing to it is noticed here, not in the middle of the start.
  database.exec('BEGIN IMMEDIATE; ROLLBACK');
}

/** Another program holds the file; it may be free a moment later. */
export function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** Kysely prepares every query anew; here the same text is prepared once. The least recently used is dropped first. */
function cachedPrepare(database: Sqlite.Database): (text: string) => SqliteStatement {
  const statements = new Map<string, SqliteStatement>();
  let characters = 0;

  function drop(text: string): void {
    if (statements.delete(text)) characters -= text.length;
  }

  return (text) => {
    const statement = statements.get(text) ?? (database.prepare(text) as unknown as SqliteStatement);
    drop(text);
    statements.set(text, statement);
    characters += text.length;
    for (const oldest of statements.keys()) {
      if (characters <= MAX_PREPARED) break;
      drop(oldest);
    }
    return statement;
  };
}
