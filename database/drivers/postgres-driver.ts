import type { Client, ClientConfig, Pool, PoolConfig } from 'pg';

/** A route that drops idle connections, or a server that vanished without a word, is noticed within minutes. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 30_000 };

/**
 * Imports node-postgres only where it is needed: most installations run on SQLite. A connection that breaks rejects its
 * query and then emits an `error` event, which ends the process when nothing listens; the pool listens only while a
 * connection is idle (brianc/node-postgres#2762). Here every connection has a listener from the start.
 */
export async function loadPostgres() {
  const { default: pg } = await import('pg');

  class HeardClient extends pg.Client {
    constructor(config?: string | ClientConfig) {
      super(config);
      this.on('error', () => {});
    }
  }

  return {
    newClient: (config: ClientConfig): Client => new HeardClient({ ...KEEP_ALIVE, ...config }),

    newPool(config: PoolConfig): Pool {
      const pool = new pg.Pool({ ...KEEP_ALIVE, ...config, Client: HeardClient });
      // An idle connection that breaks is replaced by the pool; the next query reports what matters.
      pool.on('error', () => {});
      return pool;
    },

    /** An error that the server reported, as opposed to a lost connection. */
    isAnswer: (error: unknown): error is Error & { code?: string } => error instanceof pg.DatabaseError,
    parserOf: pg.types.getTypeParser,
  };
}
