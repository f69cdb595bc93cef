import { Kysely, PostgresDialect, sql } from 'kysely';
import { openPostgresPool } from '../drivers/postgres.js';
import type { Store, Tables } from '../schema.js';
import { StoreUnavailable } from '../unavailable.js';
import { type MigrationRules, migrate } from './migrate.js';

const LOCK_TIMEOUT_MS = 10_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** A migration needs a table that another program has locked. */
export class TableLocked extends Error {
  override readonly name = 'TableLocked';
  readonly code = LOCK_NOT_AVAILABLE;

  /** @param holder the name that the other program gives itself, such as pg_dump, if any. */
  constructor(
    readonly table: string | null,
    readonly holder: string | null,
    cause: unknown,
  ) {
    super('A table is locked by another program.', { cause });
  }
}

/**
 * Applies what is missing, on a connection of its own: no statement times out, whatever the address, the role or the
 * database says. Only for a lock it does not wait long, because everybody else would wait behind it: then it throws
 * `TableLocked`.
 */
export async function migratePostgres(url: string, rules: MigrationRules): Promise<void> {
  let failed = '';
  const store = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: await openPostgresPool(url, { patient: true }) }),
    log(event) {
      if (event.level === 'error') failed = event.query.sql;
    },
  });
  try {
    await store.connection().execute(async (connection) => {
      await takeYourTime(connection, rules.lockTimeoutMs ?? LOCK_TIMEOUT_MS);
      try {
        await migrate(connection, 'postgres', rules);
      } catch (error) {
        throw isLockTimeout(error) ? await tableLocked(connection, failed, error) : error;
      }
    });
  } finally {
    await store.destroy();
  }
}

function isLockTimeout(error: unknown): boolean {
  const { cause } = error instanceof StoreUnavailable ? error : { cause: undefined };
  return (cause as { code?: unknown } | undefined)?.code === LOCK_NOT_AVAILABLE;
}

/** Not every version of PostgreSQL knows each of these settings. */
async function takeYourTime(connection: Store, lockTimeoutMs: number): Promise<void> {
  await sql`SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout',
    'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')`.execute(
    connection,
  );
  await sql`SELECT set_config('lock_timeout', ${String(lockTimeoutMs)}, false)`.execute(connection);
}

/** Finds out who holds a lock on the table of this statement; it may have been released already. */
async function tableLocked(connection: Store, statement: string, cause: unknown): Promise<TableLocked> {
  const { rows } = await sql<{ table: string; holder: string | null }>`
    SELECT pg_class.relname AS table, NULLIF(pg_stat_activity.application_name, '') AS holder
    FROM pg_locks JOIN pg_class ON pg_class.oid = pg_locks.relation
    LEFT JOIN pg_stat_activity ON pg_stat_activity.pid = pg_locks.pid
    WHERE pg_locks.granted AND pg_locks.pid <> pg_backend_pid() AND pg_class.relkind = 'r'
      AND pg_class.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
      AND ${statement} ~ ('\\m' || pg_class.relname || '\\M')
    LIMIT 1`
    .execute(connection)
    .catch(() => ({ rows: [] }));
  return new TableLocked(rows[0]?.table ?? null, rows[0]?.holder ?? null, cause);
}
