import { sql } from 'kysely';
import type { Store } from '../schema.js';
import { type Columns, columnsMadeBy, columnsOf } from './columns.js';
import type { Dialect, MigrationFile } from './migration-files.js';

/** This program would not understand what is in the database. */
export class NewerDatabase extends Error {
  override readonly name = 'NewerDatabase';

  /** @param migration one that we do not have. */
  constructor(migration: string) {
    super(`The database was written by a newer version of this program (it knows "${migration}").`);
  }
}

/** A migration file is no longer the one that was applied to this database, whose tables are therefore unknown. */
export class EditedMigration extends Error {
  override readonly name = 'EditedMigration';

  constructor(readonly file: string) {
    super(`The migration ${file} was changed after it had been applied.`);
  }
}

/** The database dates from when migrations were still edited, and lacks what was added to them later. */
export class UnfinishedDatabase extends Error {
  override readonly name = 'UnfinishedDatabase';

  constructor(
    readonly table: string,
    readonly column: string,
  ) {
    super(`The table ${table} has no column ${column}.`);
  }
}

/**
 * The migrations that were applied, by the table schema_migrations: an applied migration is never changed. Rows from
 * before there were checksums get the checksum of today's file, if the tables are as today's files make them.
 */
export async function readHistory(
  store: Store,
  dialect: Dialect,
  files: readonly MigrationFile[],
): Promise<Set<string>> {
  await sql`CREATE TABLE IF NOT EXISTS schema_migrations
    (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL, checksum TEXT)`.execute(store);
  const columns = await columnsOf(store, dialect);
  const hasChecksums = columns.get('schema_migrations')?.has('checksum') === true;
  const { rows } = await sql<{ name: string; checksum?: string | null }>`
    SELECT * FROM schema_migrations`.execute(store);

  const { applied, unchecked } = compareHistory(rows, files);
  if (unchecked.length > 0) requireColumns(columns, await columnsMadeBy(applied, dialect));
  if (!hasChecksums || unchecked.length > 0) {
    await store.transaction().execute(async (trx) => {
      if (!hasChecksums) await sql`ALTER TABLE schema_migrations ADD COLUMN checksum TEXT`.execute(trx);
      for (const { name, checksum } of unchecked) {
        await sql`UPDATE schema_migrations SET checksum = ${checksum} WHERE name = ${name}`.execute(trx);
      }
    });
  }
  return new Set(rows.map(({ name }) => name));
}

/** The files that were applied, and those of them without a checksum. Throws `NewerDatabase` or `EditedMigration`. */
export function compareHistory(
  rows: readonly { name: string; checksum?: string | null }[],
  files: readonly MigrationFile[],
): { applied: MigrationFile[]; unchecked: MigrationFile[] } {
  const checksums = new Map(rows.map(({ name, checksum }) => [name, checksum ?? null]));
  const unknown = rows.find(({ name }) => !files.some((file) => file.name === name));
  if (unknown) throw new NewerDatabase(unknown.name);
  const applied = files.filter(({ name }) => checksums.has(name));
  const unchecked = applied.filter(({ name }) => checksums.get(name) === null);
  const edited = applied.find((file) => ![null, file.checksum].includes(checksums.get(file.name) ?? null));
  if (edited) throw new EditedMigration(edited.name);
  return { applied, unchecked };
}

function requireColumns(actual: Columns, expected: Columns): void {
  for (const [table, names] of expected) {
    const present = actual.get(table);
    // Later migrations may have dropped tables, differently on each database.
    const missing = present && [...names].find((name) => !present.has(name));
    if (missing !== undefined) throw new UnfinishedDatabase(table, missing);
  }
}
