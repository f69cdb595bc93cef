import Sqlite from 'better-sqlite3';

/**
 * PostgreSQL could not be reached, or cannot serve at the moment: the connection broke, or the server is shutting down,
 * read-only or full. Nothing is wrong with the statement, which may work a moment later.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param cause what node-postgres threw; its `code` is the system's errno or an SQLSTATE. */
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** SQLite's codes for a problem with the disk or with another program. */
const SQLITE_UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL|CORRUPT|NOTADB)(_|$)/;

/** Whether an error means that the database, whichever it is, cannot serve at the moment. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  return error instanceof Sqlite.SqliteError && SQLITE_UNAVAILABLE.test(error.code);
}
