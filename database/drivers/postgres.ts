import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { StoreUnavailable } from '../unavailable.js';
import { loadPostgres } from './postgres-driver.js';

const POSTGRES_INT8 = 20;
/** A connection that has gone silent must not hold up the queue. */
const QUERY_TIMEOUT_MS = 10_000;
/** Node's longest timer, 24 days: a migration takes as long as it takes. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * SQLSTATEs after which a connection is useless: it is lost (08), the server ends it (57P), or it leads to a server that
 * no longer takes writes (25006), as after a fail-over; a new one may lead to another server.
 */
const ENDS_CONNECTION = /^(08|57P|25006$|25P03$)/;
/** Those that are not the statement's fault: also no room (53), a system error (58), a lock or another transaction. */
const SERVER_UNAVAILABLE = /^(08|53|57|58|25006$|25P03$|40001$|40P01$|55P03$)/;

/**
 * Connections to PostgreSQL in the shape that Kysely's dialect expects. Failures that are not the statement's fault
 * reject with `StoreUnavailable`.
 * @param use.patient statements may take any time, whatever the address says (`?query_timeout=`).
 */
export async function openPostgresPool(url: string, use: { patient?: boolean } = {}): Promise<PostgresPool> {
  const postgres = await loadPostgres();
  /** BIGINT as a number: all of ours are ids and milliseconds, far below 2^53. */
  const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
    oid === POSTGRES_INT8 && format !== 'binary'
      ? Number
      : postgres.parserOf(oid, format)) as typeof postgres.parserOf;
  const pool = postgres.newPool({
    connectionString: url,
    max: use.patient ? 1 : 10,
    connectionTimeoutMillis: 5_000,
    query_timeout: QUERY_TIMEOUT_MS,
    types: { getTypeParser },
  });
  const patience = use.patient ? { query_timeout: NO_TIMEOUT_MS } : {};

  return {
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw new StoreUnavailable(error);
      });
      // After a loss (a timeout leaves the connection in the middle of something) the pool would hand it out again. It is
      // closed instead, and nothing more is sent on it, not even a ROLLBACK: the server does that by itself.
      let fault: StoreUnavailable | null = null;
      const query = async (text: string, values: readonly unknown[]) => {
        if (fault) throw fault;
        try {
          return await client.query({ text, values: [...values], ...patience });
        } catch (error) {
          const sqlState = postgres.isAnswer(error) ? String(error.code) : null;
          if (sqlState !== null && !SERVER_UNAVAILABLE.test(sqlState)) throw error;
          const failure = new StoreUnavailable(error);
          if (sqlState === null || ENDS_CONNECTION.test(sqlState)) fault = failure;
          throw failure;
        }
      };
      return {
        query: query as unknown as PostgresPoolClient['query'],
        release: () => client.release(fault !== null),
      };
    },
    end: () => pool.end(),
  };
}
