import type session from 'express-session';

/** A session store as its library creates it. */
export interface OpenedSessions {
  store: session.Store;
  /** Removes expired sessions; calls back whether that worked or not. */
  prune(done: () => void): void;
  close(): Promise<void>;
}
