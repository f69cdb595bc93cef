import { AsyncLocalStorage } from 'node:async_hooks';

/** Whoever a stray rejection is blamed on. */
export interface Culprit {
  fail(reason: unknown): void;
}

/**
 * Baileys handles frames in async listeners that nobody awaits: a frame that cannot be decrypted or decoded becomes an
 * unhandled rejection. This finds out whose it is.
 */
export interface Rejections {
  /** Runs Baileys' code in the name of a connection, with everything that follows from it. */
  within<T>(culprit: Culprit, run: () => T): T;
  /** Runs our own code, called from Baileys', in nobody's name. */
  outside<T>(run: () => T): T;
  /** Who is blamed when only the stack leads to Baileys; null: nobody. */
  suspect(culprit: Culprit | null): void;
  /** For the process' `unhandledRejection`: true when it was a connection's, which has been told. */
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
