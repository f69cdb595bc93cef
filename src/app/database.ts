import type { Config } from '../../config/config.js';
import { type Database, openDatabase } from '../../database/connect.js';
import { takeInstanceLock } from '../../database/locks/instance-lock.js';
import { requireBuilt } from '../../database/native-module.js';
import { databaseRefusal } from '../../database/start-refused.js';
import type { MigrationStep } from '../../database/upgrade/migrate.js';
import type { Log } from '../log.js';
import type { Opened } from './opened.js';

/** The database under its lock. Throws `AlreadyRunning` or `StartRefused`. */
export async function openLocked(
  settings: Config['database'],
  deps: { opened: Opened; log: Log; onLockLost(): void },
): Promise<Database> {
  const { opened, log, onLockLost } = deps;
  const refuse = (error: unknown) => Promise.reject(databaseRefusal(settings.kind, error));
  if (settings.kind === 'sqlite') requireBuilt('sqlite3', 'node_sqlite3.node');
  const lock = await takeInstanceLock(settings, onLockLost).catch(refuse);
  opened.add(lock.release);
  const database = await openDatabase(settings, { onStep: tellStep(log) }).catch(refuse);
  opened.add(database.close);
  return database;
}

/** Logs the progress of a long upgrade. */
function tellStep(log: Log): (step: MigrationStep) => void {
  return ({ name, number, of, tookMs }) => {
    const migration = { migration: name, number, of };
    if (tookMs === null) log.info('the database is being brought up to date', migration);
    else log.info('a step of the database is done', { ...migration, tookMs });
  };
}
