import type { PostgresPool, PostgresPoolClient } from 'kysely';

const POSTGRES_INT8 = 20;

/** Connections to PostgreSQL in the shape that Kysely's dialect takes. */
export async function openPostgresPool(url: string): Promise<PostgresPool> {
  // Imported where it is used: most installations run on SQLite.
  const { default: pg } = await import('pg');
  /** BIGINT as a number: all of ours are ids and milliseconds, far below 2^53. */
  const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
    oid === POSTGRES_INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5_000,
    // A connection that went silent must not hold up the queue.
    query_timeout: 10_000,
    keepAlive: true,
    types: { getTypeParser },
  });
  // An idle connection that breaks is replaced by the pool; the next query reports what matters.
  pool.on('error', () => {});

  return {
    async connect() {
      const client = await pool.connect();
      // What is no answer of the server (a timeout, say) leaves the connection in the middle of something. The pool
      // would hand it out again; it is closed instead, and nothing more is sent on it (no ROLLBACK either).
      let fault: Error | null = null;
      const query = async (text: string, values: readonly unknown[]) => {
        if (fault) throw fault;
        try {
          return await client.query(text, [...values]);
        } catch (error) {
          if (!(error instanceof pg.DatabaseError)) fault = error as Error;
          throw error;
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
