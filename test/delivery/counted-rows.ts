import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect, type SqliteStatement, sql } from 'kysely';
import type { Database, DatabaseSettings } from '../../database/connect.js';
import type { Store, Tables } from '../../database/schema.js';

/** The same database, counting what is read in it. */
export interface CountedDatabase {
  database: Pick<Database, 'store' | 'kind'>;
  /** Rows that were looked at since the last call: whether they matched or not. */
  rows(): Promise<number>;
  /** SQLite: rows of the statement that looked at most; each such statement had a turn of the event loop of its own. */
  mostInOneTurn(): number;
}

/** @param run is given it; a single connection, as PostgreSQL counts for each. */
export async function counting(
  settings: DatabaseSettings,
  { store }: Pick<Database, 'store'>,
  run: (counted: CountedDatabase) => Promise<void>,
): Promise<void> {
  if (settings.kind === 'sqlite') return countingInSqlite(settings.filename, run);
  await store.connection().execute(async (connection) => {
    await run({
      database: { store: connection, kind: 'postgres' },
      rows: differences(() => rowsReadInPostgres(connection)),
      mostInOneTurn: () => 0,
    });
  });
}

/** What the server itself counts: entries of indexes, rows of sequential scans. */
async function rowsReadInPostgres(store: Store): Promise<number> {
  await sql`SELECT pg_stat_force_next_flush()`.execute(store);
  const { rows } = await sql<{ count: number }>`SELECT CAST(
    (SELECT COALESCE(SUM(seq_tup_read), 0) FROM pg_stat_user_tables)
    + (SELECT COALESCE(SUM(idx_tup_read), 0) FROM pg_stat_user_indexes) AS BIGINT) AS count`.execute(store);
  return rows[0]?.count ?? Number.NaN;
}

/** Each job that is looked at calls LIKE with its recipient; of the index, what is returned counts. */
async function countingInSqlite(
  filename: string,
  run: (counted: CountedDatabase) => Promise<void>,
): Promise<void> {
  const file = new Sqlite(filename);
  let count = 0;
  let turn = 0;
  let inTurn = 0;
  let most = 0;
  file.function('like', { deterministic: true }, (pattern, text, _escape) => {
    if (String(text).startsWith('+')) count++;
    const part = String(pattern).slice(1, -1).replaceAll('\\', '').toLowerCase();
    return text !== null && String(text).toLowerCase().includes(part) ? 1 : 0;
  });
  const turns = setInterval(() => {}, 1);
  const countTurns = () => {
    turn++;
    if (file.open) setImmediate(countTurns);
  };
  countTurns();
  let lastTurn = turn;
  const prepare = (text: string): SqliteStatement => {
    const statement = file.prepare(text) as unknown as SqliteStatement;
    return {
      reader: statement.reader,
      all(parameters) {
        const before = count;
        const rows = statement.all(parameters);
        if (text.includes('search_')) count += rows.length;
        inTurn = (turn === lastTurn ? inTurn : 0) + count - before;
        lastTurn = turn;
        most = Math.max(most, inTurn);
        return rows;
      },
      run: (parameters) => statement.run(parameters),
      iterate: (parameters) => statement.iterate(parameters),
    };
  };
  const store = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: { prepare, close: () => void file.close() } }),
  });
  try {
    await run({
      database: { store, kind: 'sqlite' },
      rows: differences(async () => count),
      mostInOneTurn: () => most,
    });
  } finally {
    clearInterval(turns);
    await store.destroy();
  }
}

function differences(read: () => Promise<number>): () => Promise<number> {
  let last: number | null = null;
  return async () => {
    const now = await read();
    const rows = last === null ? now : now - last;
    last = now;
    return rows;
  };
}
