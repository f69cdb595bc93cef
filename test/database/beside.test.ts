import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBeside } from '../../database/beside.js';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import { takeInstanceLock } from '../../database/locks/instance-lock.js';
import type { Store } from '../../database/schema.js';
import { DATABASES, isUntouched, newDatabase } from '../support/databases.js';

const KEYS = '0011_api_keys.sql';

/** As a server opens it, which makes its tables. */
async function open(settings: DatabaseSettings): Promise<Store> {
  const database = await openDatabase(settings);
  onTestFinished(() => database.close());
  return database.store;
}

/** As a command opens it. */
async function beside(settings: DatabaseSettings, mayMake = false): Promise<Store> {
  const database = await openBeside(settings, mayMake);
  onTestFinished(() => database.close());
  return database.store;
}

const migrationsIn = async (store: Store) =>
  (await sql`SELECT * FROM schema_migrations ORDER BY name`.execute(store)).rows;

describe.each(DATABASES)('a command on %s', (kind) => {
  it('opens the database of a running server, without its lock', async () => {
    const settings = await newDatabase(kind);
    const lock = await takeInstanceLock(settings, () => {});
    onTestFinished(() => lock.release());
    const server = await open(settings);
    const before = await migrationsIn(server);
    const command = await beside(settings);
    expect(await command.selectFrom('api_keys').selectAll().execute()).toEqual([]);
    expect(await migrationsIn(server)).toEqual(before);
  });

  it('makes a database that it may make, and no other', async () => {
    const settings = await newDatabase(kind);
    await expect(openBeside(settings, false)).rejects.toMatchObject({ name: 'NoDatabase' });
    expect(await isUntouched(settings)).toBe(true);
    const command = await beside(settings, true);
    expect(await command.selectFrom('api_keys').selectAll().execute()).toEqual([]);
    // The lock is free again, and nothing is left for the server to do.
    const lock = await takeInstanceLock(settings, () => {});
    onTestFinished(() => lock.release());
    const before = await migrationsIn(command);
    expect(await migrationsIn(await open(settings))).toEqual(before);
  });

  it.each([
    [
      'an applied migration was edited',
      `UPDATE schema_migrations SET checksum = 'another' WHERE name = '${KEYS}'`,
      'EditedMigration',
    ],
    [
      'a migration has no checksum',
      `UPDATE schema_migrations SET checksum = NULL WHERE name = '${KEYS}'`,
      'OutdatedDatabase',
    ],
    ['there were no checksums yet', 'ALTER TABLE schema_migrations DROP COLUMN checksum', 'OutdatedDatabase'],
    ['a migration is missing', `DELETE FROM schema_migrations WHERE name = '${KEYS}'`, 'OutdatedDatabase'],
    [
      'a newer version has been there',
      `INSERT INTO schema_migrations (name, applied_at) VALUES ('9999_later.sql', 0)`,
      'NewerDatabase',
    ],
  ])('refuses when %s, and leaves it as it is', async (_, change, name) => {
    const settings = await newDatabase(kind);
    const server = await open(settings);
    await sql.raw(change).execute(server);
    const before = await migrationsIn(server);
    for (const mayMake of [false, true]) {
      await expect(openBeside(settings, mayMake)).rejects.toMatchObject({ name });
    }
    expect(await migrationsIn(server)).toEqual(before);
  });
});

describe('a command on PostgreSQL', () => {
  /** The same database with another current schema; the one of before comes second. */
  function withSchema(settings: DatabaseSettings, schema: string): DatabaseSettings {
    if (settings.kind !== 'postgres') throw new Error('SQLite has no schemas.');
    const url = new URL(settings.url);
    url.searchParams.set('options', `-c search_path=${schema},public`);
    return { kind: 'postgres', url: url.href };
  }

  it('looks at the current schema alone, whose tables are made beside those of another', async () => {
    const settings = await newDatabase('postgres');
    const inPublic = await open(settings);
    await sql`CREATE SCHEMA second`.execute(inPublic);
    const second = withSchema(settings, 'second');
    await expect(openBeside(second, false)).rejects.toMatchObject({ name: 'NoDatabase' });
    const command = await beside(second, true);
    const { rows } = await sql`SELECT table_schema FROM information_schema.tables
      WHERE table_name = 'api_keys' ORDER BY table_schema`.execute(command);
    expect(rows).toEqual([{ table_schema: 'public' }, { table_schema: 'second' }]);
  });

  it('is not refused for what another schema holds', async () => {
    const settings = await newDatabase('postgres');
    const inPublic = await open(settings);
    await sql`CREATE SCHEMA second`.execute(inPublic);
    const inSecond = await open(withSchema(settings, 'second'));
    await sql`INSERT INTO schema_migrations (name, applied_at) VALUES ('9999_later.sql', 0)`.execute(
      inSecond,
    );
    await beside(settings);
    await expect(openBeside(withSchema(settings, 'second'), false)).rejects.toMatchObject({
      name: 'NewerDatabase',
    });
  });
});
