import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../database/connect.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of each kind that has its tables and nobody is in, to be copied: a file, and a name. */
    migratedDatabases: { sqlite: string; postgres: string };
  }
}

/** Every test would spend more on making its tables than on itself. */
export default async function setup(project: TestProject) {
  const { runFolder, postgresUrl } = project.getProvidedContext();
  const sqlite = join(runFolder, 'migrated.db');
  const postgres = 'migrated';
  const superuser = new pg.Client({ connectionString: `${postgresUrl}/postgres` });
  await superuser.connect();
  await superuser.query(`CREATE DATABASE ${postgres}`);
  await superuser.end();
  for (const settings of [
    { kind: 'sqlite', filename: sqlite },
    { kind: 'postgres', url: `${postgresUrl}/${postgres}` },
  ] as const) {
    const database = await openDatabase(settings);
    await database.close();
  }
  project.provide('migratedDatabases', { sqlite, postgres });
}
