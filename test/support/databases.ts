import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, type DatabaseSettings, openDatabase } from '../../database/connect.js';

export const DATABASES = ['sqlite', 'postgres'] as const;

/** Settings of a new, empty database of this kind: for what a first start makes of it. */
export async function newDatabase(kind: DatabaseSettings['kind']): Promise<DatabaseSettings> {
  if (kind === 'sqlite') return { kind, filename: join(newFolder(), 'app_data.db') };
  return await newPostgres('template1');
}

/** Settings of a new database that has its tables: a copy of the run's own. */
export async function newMigratedDatabase(kind: DatabaseSettings['kind']): Promise<DatabaseSettings> {
  const template = inject('migratedDatabases')[kind];
  if (kind === 'postgres') return await newPostgres(template);
  const filename = join(newFolder(), 'app_data.db');
  copyFileSync(template, filename);
  return { kind, filename };
}

/** Over a new database with its tables; with `close` it is gone. */
export async function openTestDatabase(kind: DatabaseSettings['kind'] = 'sqlite'): Promise<Database> {
  const settings = await newMigratedDatabase(kind);
  const database = await openDatabase(settings);
  return {
    ...database,
    async close() {
      await database.close();
      await dropDatabase(settings);
    },
  };
}

/** Makes room for others; one that is still in use stays until the run ends, as files do. */
export async function dropDatabase(settings: DatabaseSettings): Promise<void> {
  if (settings.kind === 'sqlite') return;
  const name = new URL(settings.url).pathname.slice(1);
  await asSuperuser(`DROP DATABASE IF EXISTS ${name}`).catch(() => {});
}

/** A new folder that is gone when the run ends. */
export function newFolder(): string {
  return mkdtempSync(join(inject('runFolder'), 'test-'));
}

async function newPostgres(template: string): Promise<DatabaseSettings> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  return { kind: 'postgres', url: `${inject('postgresUrl')}/${name}` };
}

async function asSuperuser(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
