import Sqlite from 'better-sqlite3';

/**
 * PostgreSQL could not be asked, or could do nothing just now: the connection broke, the server is going down, is
 * read-only or full. Nothing is wrong with the statement, and the same may work a moment later.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param cause what node-postgres threw; its `code` is the system's errno or an SQLSTATE. */
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What a SQLite file answers when the disk or another program is in the way. */
const SQLITE_UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|NOMEM|PROTOCOL|CORRUPT|NOTADB)(_|$)/;

/** Whether an error says that the database, whichever it is, cannot serve at the moment. */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreUnavailable) return true;
  return error instanceof Sqlite.SqliteError && SQLITE_UNAVAILABLE.test(error.code);
}
