import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { Store } from '../../database/schema.js';
import { insertJobs, type JobInsert } from '../../src/delivery/queue/insert-jobs.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';

const BATCHES = [1, 2, 63, 64, 65, 100, 127, 128, 129, 200, 256];

describe.each(DATABASES)('the INSERT of a batch on %s', (kind) => {
  let database: Database;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
  });
  afterEach(() => database.close());

  it('stores batches of every size with few statements, each of which is small', async () => {
    const texts: string[] = [];
    const store = recording(database.store, texts);
    let made = 0;
    for (const size of BATCHES) {
      const rows = Array.from({ length: size }, () => jobOf(made++));
      const inserted = await insertJobs(store, rows);
      expect(inserted.map((row) => row.message_id).sort()).toEqual(rows.map((row) => row.message_id).sort());
      expect(new Set(inserted.map((row) => row.id)).size).toBe(size);
    }
    const longest = Math.max(...texts.map((text) => text.length));
    expect(longest).toBeLessThan(10_000);
    expect(new Set(texts).size).toBeLessThan(BATCHES.length);
    const { count } = await database.store
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    expect(Number(count)).toBe(made);
  });
});

const jobOf = (number: number): JobInsert => ({
  account: 'default',
  channel: 'whatsapp',
  purpose: 'gateway',
  recipient: `+2010${10_000_000 + number}`,
  message_id: `3EB0${number}`,
  body: 'sealed',
  code_hash: 'hash',
  message_shape: null,
  status: 'pending',
  run_at: 1,
  created_at: 1,
  expires_at: 300_000,
});

/** The store, which notes the text of each compiled query that it runs. */
function recording(store: Store, texts: string[]): Store {
  return new Proxy(store, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        if (name === 'executeQuery') texts.push((args[0] as { sql: string }).sql);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}
