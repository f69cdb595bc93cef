import type session from 'express-session';

/** A store as its library makes it. */
export interface OpenedSessions {
  store: session.Store;
  /** Removes what has expired; calls back whether it worked or not. */
  prune(done: () => void): void;
  close(): Promise<void>;
}
