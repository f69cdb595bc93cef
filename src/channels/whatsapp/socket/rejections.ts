import { AsyncLocalStorage } from 'node:async_hooks';

/** The connection that a stray rejection is blamed on. */
export interface Culprit {
  fail(reason: unknown): void;
}

/**
 * Baileys handles frames in async listeners that are never awaited: a frame that cannot be decrypted or decoded becomes an
 * unhandled rejection. This finds the connection that caused it.
 */
export interface Rejections {
  /** Runs Baileys' code, and everything that follows from it, on behalf of a connection. */
  within<T>(culprit: Culprit, run: () => T): T;
  /** Runs our own code, called from Baileys', on behalf of no connection. */
  outside<T>(run: () => T): T;
  /** Sets the connection to blame when only the stack points to Baileys; null: none. */
  suspect(culprit: Culprit | null): void;
  /** For the process's `unhandledRejection`: true when a connection caused it, which has then been ended. */
  handle(reason: unknown): boolean;
}

const THEIR_FILES = /node_modules[\\/](@whiskeysockets[\\/]baileys|libsignal)[\\/]/;

export function createRejections(): Rejections {
  let suspect: Culprit | null = null;
  const culprits = new AsyncLocalStorage<Culprit>();
  return {
    within: (culprit, run) => culprits.run(culprit, run),
    outside: (run) => culprits.exit(run),
    suspect(culprit) {
      suspect = culprit;
    },
    handle(reason) {
      const isTheirs = reason instanceof Error && THEIR_FILES.test(reason.stack ?? '');
      const culprit = culprits.getStore() ?? (isTheirs ? suspect : null);
      culprit?.fail(reason);
      return culprit !== null || isTheirs;
    },
  };
}
