import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { Store } from '../schema.js';
import { readHistory } from './history.js';
import { type Dialect, migrationFiles } from './migration-files.js';

export interface MigrationStep {
  /** The file's name. */
  name: string;
  /** Its place among those that this start has to apply, from 1, and how many there are. */
  number: number;
  of: number;
  /** How long it took, in milliseconds; null: it is beginning. */
  tookMs: number | null;
}

export interface MigrationRules {
  /** Called for each step of an upgrade, when it begins and when it is done. */
  onStep?(step: MigrationStep): void;
  /** Where the files are; by default database/migrations. */
  folder?: string;
  /** PostgreSQL: how long a statement waits for a table that another program has locked. */
  lockTimeoutMs?: number;
}

/**
 * Applies what is missing, one transaction per file. Throws `NewerDatabase`, `EditedMigration` or `UnfinishedDatabase`
 * for a database that these files did not make.
 */
export async function migrate(store: Store, dialect: Dialect, rules: MigrationRules = {}): Promise<void> {
  const files = migrationFiles(dialect, rules.folder);
  const applied = await readHistory(store, dialect, files);
  const missing = files.filter(({ name }) => !applied.has(name));
  // A new database is made in no time.
  const onStep = applied.size > 0 ? rules.onStep : undefined;
  for (const [index, { name, checksum, statements }] of missing.entries()) {
    const step = { name, number: index + 1, of: missing.length };
    const beganAt = performance.now();
    onStep?.({ ...step, tookMs: null });
    await store.transaction().execute(async (trx) => {
      for (const statement of statements(dialect)) await sql.raw(statement).execute(trx);
      await sql`INSERT INTO schema_migrations (name, applied_at, checksum)
        VALUES (${name}, ${Date.now()}, ${checksum})`.execute(trx);
    });
    onStep?.({ ...step, tookMs: Math.round(performance.now() - beganAt) });
  }
}
