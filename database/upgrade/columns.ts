import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect, sql } from 'kysely';
import type { Store, Tables } from '../schema.js';
import { type Dialect, isForBoth, type MigrationFile } from './migration-files.js';

/** The names of the columns of every table, by the table's name. */
export type Columns = Map<string, Set<string>>;

const QUERY = {
  sqlite: sql<{ owner: string; name: string }>`SELECT tables.name AS owner, columns.name AS name
    FROM sqlite_master AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'`,
  postgres: sql<{ owner: string; name: string }>`SELECT table_name AS owner, column_name AS name
    FROM information_schema.columns WHERE table_schema = current_schema()`,
};

export async function columnsOf(store: Store, dialect: Dialect): Promise<Columns> {
  const columns: Columns = new Map();
  for (const { owner, name } of (await QUERY[dialect].execute(store)).rows) {
    columns.set(owner, (columns.get(owner) ?? new Set()).add(name));
  }
  return columns;
}

/** Determined in memory, on SQLite; files for PostgreSQL alone are left out. */
export async function columnsMadeBy(files: readonly MigrationFile[], dialect: Dialect): Promise<Columns> {
  const database = new Sqlite(':memory:');
  const store = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  try {
    for (const file of files.filter((file) => dialect === 'sqlite' || isForBoth(file))) {
      for (const statement of file.statements('sqlite')) await sql.raw(statement).execute(store);
    }
    return await columnsOf(store, 'sqlite');
  } finally {
    await store.destroy();
  }
}
