import { nativeModuleProblem } from './native-module.js';
import { StoreUnavailable } from './unavailable.js';
import { EditedMigration, UnfinishedDatabase } from './upgrade/history.js';
import { TableLocked } from './upgrade/postgres-migration.js';

/** A setting that is well formed but cannot be used on this machine. The message never contains its value. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';

  /** @param rule "VARIABLE: must be …", without the full stop. */
  constructor(rule: string, cause: unknown) {
    const code = codeOf(cause);
    super(`${rule}${code === null ? '' : ` (${code})`}.`, { cause });
  }
}

const RULES = {
  sqlite: 'DB_FILENAME: must be a SQLite file, or a new one, in a folder that this program may write to',
  postgres: 'DATABASE_URL: must be a PostgreSQL database that can be reached and that its user may write to',
};
const NEWER = 'must not be a database that a newer version of this program has written';

/** PostgreSQL answers, and says what the problem is. By SQLSTATE. */
const POSTGRES_SAYS: Record<string, string> = {
  '53300':
    'DATABASE_URL: must be a PostgreSQL server with connections to spare, this one has too many already; end other programs or raise max_connections, then start again',
  '25006':
    'DATABASE_URL: must be a PostgreSQL server that takes writes, this one is read-only at the moment; use the address of the primary',
};
const POOLED =
  'DATABASE_URL: must not be the address of a pooler that swaps connections between transactions (such as PgBouncer with pool_mode=transaction); use its session mode or the address of PostgreSQL itself';

/** What the operator is told when the database could not be opened; `AlreadyRunning` is passed on as it is. */
export function databaseRefusal(kind: keyof typeof RULES, error: unknown): Error {
  const name = error instanceof Error ? error.name : '';
  const speaksForItself = ['AlreadyRunning', 'OutdatedDatabase', 'NoDatabase'].includes(name);
  if (error instanceof Error && (speaksForItself || nativeModuleProblem(error))) return error;
  if (error instanceof TableLocked) return new StartRefused(lockedRule(error), error);
  if (name === 'PooledAddress') return new StartRefused(POOLED, error);
  const variable = kind === 'sqlite' ? 'DB_FILENAME' : 'DATABASE_URL';
  if (name === 'NewerDatabase') return new StartRefused(`${variable}: ${NEWER}`, error);
  if (error instanceof EditedMigration) return new StartRefused(`${variable}: ${editedRule(error)}`, error);
  if (error instanceof UnfinishedDatabase)
    return new StartRefused(`${variable}: ${unfinishedRule(error)}`, error);
  return new StartRefused(POSTGRES_SAYS[codeOf(error) ?? ''] ?? RULES[kind], error);
}

function lockedRule({ table, holder }: TableLocked): string {
  const program = `another program (${holder ?? 'such as pg_dump'})`;
  const locked = table ? `its table ${table}, which has to be changed,` : 'a table that has to be changed';
  return `DATABASE_URL: must be a database that nobody else holds, but ${program} has locked ${locked} for too long; wait for it to end, then start again`;
}

function editedRule({ file }: EditedMigration): string {
  return `must be a database that this program's migrations have made, but database/migrations/${file} was changed after it had been applied there; put the file of the release back, then start again`;
}

function unfinishedRule({ table, column }: UnfinishedDatabase): string {
  return `must be a database that this program's migrations have made, but this one is of a time before the first release (its table ${table} has no column ${column}); name a new one`;
}

/** The same for the port; an error that the system did not report is a fault of this program and is passed on as it is. */
export function listenRefusal(error: unknown): unknown {
  const code = codeOf(error);
  if (code === null || code.startsWith('ERR_')) return error;
  const rule = ['EADDRINUSE', 'EACCES', 'EPERM'].includes(code)
    ? 'PORT: must be a port that is free and that this program may open'
    : 'HOST: must be an address of this machine';
  return new StartRefused(rule, error);
}

/** The system's errno, SQLite's result code or PostgreSQL's SQLSTATE. */
function codeOf(thrown: unknown): string | null {
  const error = thrown instanceof StoreUnavailable ? thrown.cause : thrown;
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^\w+$/.test(code) ? code : null;
}
