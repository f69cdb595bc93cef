import { chmodSync, existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { DatabaseSettings } from '../database.js';
import { isBusy } from '../drivers/sqlite.js';
import { makeFolder } from '../folder.js';
import { AlreadyRunning, type InstanceLock } from './lock.js';
import { lockPostgres, refusePooledAddress } from './postgres-lock.js';

/** How long a process that is just ending may keep the lock before the next one gives up. */
const PATIENCE_MS = 1_500;
const RETRY_MS = 100;

/**
 * Takes the lock or throws `AlreadyRunning`. It ends with the process, even after `kill -9`. Throws `PooledAddress` where
 * that cannot be guaranteed.
 * @param onLost another process holds the lock now (PostgreSQL only: the connection broke, and that process was faster).
 */
export async function takeInstanceLock(
  settings: DatabaseSettings,
  onLost: () => void,
): Promise<InstanceLock> {
  if (settings.kind === 'postgres') await refusePooledAddress(settings.url);
  const attempt =
    settings.kind === 'sqlite' ? () => lockFile(settings.filename) : () => lockPostgres(settings.url, onLost);
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = await attempt();
    if (lock) return lock;
    if (performance.now() > deadline) {
      throw new AlreadyRunning('Another process is already running on this database; stop it first.');
    }
    await sleep(RETRY_MS);
  }
}

/** An exclusive transaction held open in a file that nothing else uses: the kernel releases it when the process ends. */
async function lockFile(filename: string): Promise<InstanceLock | null> {
  makeFolder(dirname(filename));
  const path = `${realPathOf(filename)}.lock`;
  const file = new Sqlite(path, { timeout: 0 });
  try {
    file.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (isBusy(error)) return null;
    throw error;
  }
  chmodSync(path, 0o600);
  return { release: async () => void file.close() };
}

/** The same for every path to the file, through links as well. */
function realPathOf(filename: string): string {
  if (existsSync(filename)) return realpathSync(filename);
  return join(realpathSync(dirname(filename)), basename(filename));
}
