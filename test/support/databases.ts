import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, type DatabaseSettings, openDatabase } from '../../database/connect.js';

export const DATABASES = ['sqlite', 'postgres'] as const;

/** Settings of a new, empty database of this kind. */
export async function newDatabase(kind: DatabaseSettings['kind']): Promise<DatabaseSettings> {
  if (kind === 'sqlite') return { kind, filename: join(newFolder(), 'app_data.db') };
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  return { kind, url: `${inject('postgresUrl')}/${name}` };
}

export async function openTestDatabase(kind: DatabaseSettings['kind'] = 'sqlite'): Promise<Database> {
  return openDatabase(await newDatabase(kind));
}

/** A new folder that is gone when the run ends. */
export function newFolder(): string {
  return mkdtempSync(join(inject('runFolder'), 'test-'));
}
