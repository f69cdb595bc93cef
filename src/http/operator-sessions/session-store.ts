import type session from 'express-session';
import type { Clock, Timer } from '../../clock.js';
import { latestEnd } from '../../deadline.js';
import type { Log } from '../../log.js';
import type { StoredSession } from './opened-sessions.js';
import { openPostgresSessions } from './postgres-sessions.js';
import { openSqliteSessions } from './sqlite-sessions.js';

/** Where admin sessions are kept: in a SQLite file of their own, or in the table admin_sessions. */
export type SessionStoreSettings = { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string };

export interface SessionStore {
  store: session.Store;
  /** Those that have not expired and in which somebody has logged in. */
  logIns(): Promise<StoredSession[]>;
  close(): Promise<void>;
}

const PRUNE_INTERVAL_MS = 10 * 60_000;

/** @param deps.idleMs how long a session lasts without a request. */
export async function openSessionStore(
  settings: SessionStoreSettings,
  deps: { clock: Clock; log: Log; idleMs: number },
): Promise<SessionStore> {
  const { clock, log } = deps;
  // In real time, like the libraries.
  const latest = () => latestEnd(deps.idleMs, Date.now());
  const opened =
    settings.kind === 'sqlite'
      ? await openSqliteSessions(settings.file, { log, latest })
      : await openPostgresSessions(settings.url, { latest });
  forgiveTouch(opened.store);

  let closed = false;
  let pruning: Timer | undefined;
  (function pruneNextTime() {
    if (!closed) pruning = clock.after(PRUNE_INTERVAL_MS, () => opened.prune(pruneNextTime));
  })();

  return {
    store: opened.store,
    logIns: opened.logIns,
    close() {
      closed = true;
      pruning?.cancel();
      return opened.close();
    },
  };
}

/** A finished answer goes out even if its session could not be extended; the next request will find out. */
function forgiveTouch(store: session.Store): void {
  const touch = store.touch?.bind(store);
  if (!touch) return;
  store.touch = (sid, data, callback) => {
    let called = false;
    touch(sid, data, () => {
      if (!called) callback?.();
      called = true;
    });
  };
}
