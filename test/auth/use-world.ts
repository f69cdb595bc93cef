import { afterEach, beforeEach } from 'vitest';
import type { Database } from '../../database/connect.js';
import { type DATABASES, openTestDatabase } from '../support/databases.js';
import { createWorld, type World } from './world.js';

/** Of the test that runs. */
export let database: Database;
export let world: World;

/** A world on a database of its own for each test of a `describe`. */
export function useWorld(kind: (typeof DATABASES)[number]): void {
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    world = createWorld(database);
  });
  afterEach(() => database.close());
}
