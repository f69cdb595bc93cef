import { chmod, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import session from 'express-session';
import type { Database } from 'sqlite3';
import { makeFolder } from '../../database/folder.js';
import type { OpenedSessions } from './session-store.js';

/** The table as connect-sqlite3 makes it; no fsync per click, a lost session only costs a login. */
const SCHEMA = `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS sessions (sid PRIMARY KEY, expired, sess)`;

/**
 * Opens connect-sqlite3 on a file with mode 0600. No other SQLite library may open that file in this process:
 * closing it there would drop the locks here.
 */
export async function openSqliteSessions(file: string): Promise<OpenedSessions> {
  makeFolder(dirname(file));
  await (await open(file, 'a', 0o600)).close();
  await chmod(file, 0o600);
  const [{ default: sqlite3 }, { default: connect }] = await Promise.all([
    import('sqlite3'),
    import('connect-sqlite3'),
  ]);
  const database = await new Promise<Database>((resolve, reject) => {
    const opened: Database = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(opened)));
  });
  await new Promise<void>((resolve, reject) => {
    database.exec(SCHEMA, (error) => (error ? reject(error) : resolve()));
  });

  const SQLiteStore = connect({ session });
  // The library takes an open database; its types only know a file name.
  const store = new SQLiteStore({ db: database as unknown as string }) as session.Store;
  callBackOnce(store);

  return {
    store,
    prune(done) {
      database.run('DELETE FROM sessions WHERE expired < ?', [Date.now()], done);
    },
    close: () => new Promise((resolve) => database.close(() => resolve())),
  };
}

/** After an error, connect-sqlite3 0.9 reports "no session" as well; the request would run twice. */
function callBackOnce(store: session.Store): void {
  const get = store.get.bind(store);
  store.get = (sid, callback) => {
    let called = false;
    get(sid, (error, found) => {
      if (called) return;
      called = true;
      callback(error, found);
    });
  };
}
