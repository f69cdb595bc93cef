import session from 'express-session';
import type { Database } from 'sqlite3';
import type { Log } from '../../log.js';
import type { OpenedSessions, StoredSession } from './opened-sessions.js';
import { closeFile, isDamage, openSessionFile } from './session-file.js';

interface StoredRow {
  sid: string;
  expired: number;
  sess: string;
}

const LOG_INS = `SELECT sid, expired, sess FROM sessions WHERE expired >= ? AND sess LIKE '%"loggedInAt":%'`;

type Done<T> = (error?: unknown, result?: T) => void;

/**
 * Opens connect-sqlite3 on the file. No other SQLite library may open that file in this process: closing it there would
 * drop the locks here.
 * @param options.latest the latest end that a session can have, Unix ms.
 */
export async function openSqliteSessions(
  file: string,
  options: { log: Log; latest(): number },
): Promise<OpenedSessions> {
  const { default: connect } = await import('connect-sqlite3');
  let database = await openSessionFile(file, options.log);
  let closed = false;
  let mending: Promise<void> | null = null;
  const SQLiteStore = connect({ session });
  // The library accepts an open database; its types only allow a file name.
  const store = new SQLiteStore({ db: database as unknown as string }) as session.Store & { db: Database };

  /** Closes the damaged database, and opens the file again, or a new one. */
  async function reopen(): Promise<void> {
    await closeFile(database);
    database = await openSessionFile(file, options.log);
    store.db = database;
  }

  /** Calls back once, whatever the library does; what failed on a damaged file is repeated on the new one. */
  async function ask<T>(act: (done: Done<T>) => void, callback: Done<T> | undefined): Promise<void> {
    const attempt = () =>
      new Promise<T | undefined>((resolve, reject) =>
        act((error, result) => (error ? reject(error) : resolve(result))),
      );
    const used = database;
    const again = async (error: unknown) => {
      if (closed || !(isDamage(error) || isStuck(error))) throw error;
      if (used === database) {
        mending ??= reopen().finally(() => {
          mending = null;
        });
      }
      await mending;
      return await attempt();
    };
    attempt()
      .catch(again)
      .then(
        (result) => setImmediate(() => callback?.(null, result)),
        (error: unknown) => setImmediate(() => callback?.(error)),
      );
  }

  const set = store.set.bind(store);
  const destroy = store.destroy.bind(store);
  const touch = store.touch?.bind(store);
  store.get = (sid, callback) =>
    void ask((done) => read(database, sid, done), callback as Done<session.SessionData>);
  store.set = (sid, data, callback) => void ask((done) => set(sid, data, done), callback);
  store.destroy = (sid, callback) => void ask((done) => destroy(sid, done), callback);
  store.touch = (sid, data, callback) => void ask((done) => touch?.(sid, data, done), callback);

  return {
    store,
    logIns: () =>
      new Promise((resolve, reject) => {
        void ask<StoredRow[]>(
          (done) => database.all(LOG_INS, [Date.now()], done),
          (error, rows = []) => (error ? reject(error) : resolve(rows.flatMap(storedIn))),
        );
      }),
    prune: (done) =>
      void ask((pruned) => {
        const times = [Date.now(), options.latest()];
        database.run('DELETE FROM sessions WHERE expired < ? OR expired > ?', times, pruned);
      }, done),
    async close() {
      closed = true;
      await mending?.catch(() => {});
      await closeFile(database);
    },
  };
}

/** Reads like connect-sqlite3, except that a row without valid JSON is no session: the library would end the process. */
function read(database: Database, sid: string, done: Done<session.SessionData>): void {
  database.get<{ sess: string }>(
    'SELECT sess FROM sessions WHERE sid = ? AND expired >= ?',
    [sid, Date.now()],
    (error, row) => {
      if (error || !row) return done(error);
      let data: session.SessionData | undefined;
      try {
        data = JSON.parse(row.sess) as session.SessionData;
      } catch {}
      done(null, data);
    },
  );
}

/** Empty: it is no session. */
function storedIn({ sid, expired, sess }: StoredRow): StoredSession[] {
  try {
    return [{ sid, expiresAt: Number(expired), data: JSON.parse(sess) as StoredSession['data'] }];
  } catch {
    return [];
  }
}

/** The file may be truncated, or the last attempt to reopen it failed. */
function isStuck(error: unknown): boolean {
  return ['SQLITE_IOERR', 'SQLITE_MISUSE'].includes(String((error as { code?: unknown } | null)?.code));
}
