import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { DatabaseSettings } from './connect.js';

/** One process per database: two on one WhatsApp session would fight for it for ever (close code 440). */
export interface InstanceLock {
  release(): Promise<void>;
}

export class AlreadyRunning extends Error {
  override readonly name = 'AlreadyRunning';
}

/** How long a process that is just ending may keep the lock before the next one gives up. */
const PATIENCE_MS = 1_500;
const RETRY_MS = 100;
/** Any constant of our own: it names the lock inside a PostgreSQL database. */
const POSTGRES_LOCK_KEY = 7_106_835_201;

/**
 * Takes the lock or throws `AlreadyRunning`. It ends with the process, also after `kill -9`.
 * @param onLost the lock was lost (PostgreSQL only: the connection broke and somebody else may hold it now).
 */
export async function takeInstanceLock(
  settings: DatabaseSettings,
  onLost: () => void,
): Promise<InstanceLock> {
  const attempt =
    settings.kind === 'sqlite' ? () => lockFile(settings.filename) : () => lockPostgres(settings.url, onLost);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const lock = await attempt();
    if (lock) return lock;
    if (Date.now() > deadline) {
      throw new AlreadyRunning('Another process is already running on this database; stop it first.');
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** An exclusive transaction held open in a file that nothing else uses: the kernel frees it with the process. */
async function lockFile(filename: string): Promise<InstanceLock | null> {
  mkdirSync(dirname(filename), { recursive: true, mode: 0o700 });
  const path = `${realPathOf(filename)}.lock`;
  const file = new Sqlite(path, { timeout: 0 });
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw error;
  }
  chmodSync(path, 0o600);
  return { release: async () => void file.close() };
}

/** The same for every way to the file, by links too. */
function realPathOf(filename: string): string {
  if (existsSync(filename)) return realpathSync(filename);
  return join(realpathSync(dirname(filename)), basename(filename));
}

async function lockPostgres(url: string, onLost: () => void): Promise<InstanceLock | null> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, keepAlive: true });
  let held = false;
  const lost = () => {
    if (!held) return;
    held = false;
    onLost();
  };
  client.on('error', lost);
  client.on('end', lost);
  await client.connect();
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS taken', [POSTGRES_LOCK_KEY]);
  if (rows[0]?.taken !== true) {
    await client.end();
    return null;
  }
  held = true;
  return {
    async release() {
      held = false;
      await client.end();
    },
  };
}
