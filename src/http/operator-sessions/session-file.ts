import { chmod, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Database } from 'sqlite3';
import { makeFolder } from '../../../database/folder.js';
import type { Log } from '../../log.js';

/** The table of connect-sqlite3; without an fsync per request, because a lost session only costs a login. */
const SCHEMA = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS sessions (sid PRIMARY KEY, expired, sess)`;
const CHECK = `SELECT integrity_check AS problem,
  (SELECT GROUP_CONCAT(name) FROM pragma_table_info('sessions')) AS columns FROM pragma_integrity_check`;
const DAMAGE = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT', 'EISDIR']);
/** SQLite's messages when the table is a different one, or missing. */
const OTHER_TABLE = /^SQLITE_ERROR: (no such|table sessions has)/;

/**
 * Opens the session file, mode 0600. A damaged one is set aside and replaced: it only holds logins. Rejects when neither
 * is possible.
 */
export async function openSessionFile(file: string, log: Log): Promise<Database> {
  try {
    return await openOnce(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const aside = await setAside(file);
    log.warn('the file of the dashboard log-ins was damaged: it was set aside, and a new one was made', {
      aside,
      reason: (error as Error).message,
    });
    return await openOnce(file);
  }
}

export function isDamage(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return DAMAGE.has(String(code)) || OTHER_TABLE.test(String(message));
}

export function closeFile(database: Database): Promise<void> {
  return new Promise((resolve) => database.close(() => resolve()));
}

async function openOnce(file: string): Promise<Database> {
  makeFolder(dirname(file));
  await (await open(file, 'a', 0o600)).close();
  await chmod(file, 0o600);
  const { default: sqlite3 } = await import('sqlite3');
  const database = await new Promise<Database>((resolve, reject) => {
    const opened: Database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(opened)));
  });
  // connect-sqlite3 cleans up without a callback: a failure there would end the process.
  database.on('error', () => {});
  try {
    await new Promise<void>((resolve, reject) => {
      database.exec(SCHEMA, (error) => (error ? reject(error) : resolve()));
    });
    await check(database);
  } catch (error) {
    await closeFile(database);
    throw error;
  }
  return database;
}

function check(database: Database): Promise<void> {
  return new Promise((resolve, reject) => {
    database.get<{ problem: string; columns: string }>(CHECK, (error, row) => {
      if (error) return reject(error);
      const { problem, columns } = row ?? {};
      if (problem === 'ok' && columns === 'sid,expired,sess') return resolve();
      const found = problem === 'ok' ? `a table with the columns ${columns}` : problem;
      reject(Object.assign(new Error(found), { code: 'SQLITE_CORRUPT' }));
    });
  });
}

/** Moves its journals, too: beside a new file they would be taken for the new one's. Returns the new path. */
async function setAside(file: string): Promise<string> {
  const aside = `${file}.damaged-${new Date().toISOString().replace(/[-:]/g, '')}`;
  for (const suffix of ['-wal', '-shm']) {
    await rename(file + suffix, aside + suffix).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await rename(file, aside);
  return aside;
}
