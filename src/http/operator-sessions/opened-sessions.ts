import type session from 'express-session';
import type { SessionData } from 'express-session';

/** A session as its store holds it; one of before may lack any of its data. */
export interface StoredSession {
  sid: string;
  /** Unix ms; PostgreSQL's store counts in whole seconds. */
  expiresAt: number;
  data: Partial<SessionData>;
}

/** A session store as its library creates it. */
export interface OpenedSessions {
  store: session.Store;
  /** Those that have not expired and in which somebody has logged in. */
  logIns(): Promise<StoredSession[]>;
  /** Removes expired sessions; calls back whether that worked or not. */
  prune(done: () => void): void;
  close(): Promise<void>;
}
