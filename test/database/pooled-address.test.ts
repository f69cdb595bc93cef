import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type DatabaseSettings, openDatabase } from '../../database/connect.js';
import { takeInstanceLock } from '../../database/locks/instance-lock.js';
import { AlreadyRunning } from '../../database/locks/lock.js';
import { newDatabase } from '../support/databases.js';
import { startPooler } from '../support/pooler.js';

const STARTS = 10;

async function newAddress(): Promise<string> {
  const settings = await newDatabase('postgres');
  if (settings.kind !== 'postgres') throw new Error('not PostgreSQL');
  return settings.url;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  onTestFinished(() => client.end());
  await client.connect();
  return client;
}

async function advisoryLocks(url: string): Promise<number> {
  const { rows } = await (await connect(url)).query(`SELECT count(*)::int AS locks FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  return rows[0].locks;
}

/** What so many starts end with. */
async function startOften(url: string, times = STARTS): Promise<string[]> {
  const ends: string[] = [];
  for (let n = 0; n < times; n++) {
    await takeInstanceLock({ kind: 'postgres', url }, () => {}).then(
      (lock) => lock.release().then(() => ends.push('started')),
      (error: Error) => ends.push(error.name),
    );
  }
  return ends;
}

describe.each(['last used', 'idle longest'] as const)(
  'a pooler that swaps connections between transactions, the one %s first',
  (choice) => {
    it.each([0, 1, 2, 7])(
      'is refused every time with %i idle connections, and keeps no lock',
      async (count) => {
        const url = await newAddress();
        const pooler = await startPooler(url, 'transaction', choice);
        const others = await Promise.all(Array.from({ length: count }, () => connect(pooler.url)));
        for (const other of others) await other.query('BEGIN');
        for (const other of others) await other.query('COMMIT');
        expect(pooler.size()).toBe(count);

        expect(await startOften(pooler.url)).toEqual(Array(STARTS).fill('PooledAddress'));
        expect(await advisoryLocks(url)).toBe(0);
        // The connections are as good as before: nothing waits, nothing is in a transaction.
        for (const other of others) expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      },
    );

    it('is refused every time while others use it', async () => {
      const url = await newAddress();
      const pooler = await startPooler(url, 'transaction', choice);
      let over = false;
      const busy = Array.from({ length: 4 }, async () => {
        const client = await connect(pooler.url);
        while (!over) {
          await client.query('BEGIN');
          await client.query('COMMIT');
        }
      });
      expect(await startOften(pooler.url)).toEqual(Array(STARTS).fill('PooledAddress'));
      over = true;
      await Promise.all(busy);
      expect(await advisoryLocks(url)).toBe(0);
    });
  },
);

it('a pooler that gives each client a connection of its own is as good as the server', async () => {
  const url = await newAddress();
  const settings: DatabaseSettings = {
    kind: 'postgres',
    url: (await startPooler(url, 'session', 'last used')).url,
  };
  const lock = await takeInstanceLock(settings, () => {});
  const database = await openDatabase(settings);
  await expect(takeInstanceLock(settings, () => {})).rejects.toThrow(AlreadyRunning);
  await expect(takeInstanceLock({ kind: 'postgres', url }, () => {})).rejects.toThrow(AlreadyRunning);
  await database.close();
  await lock.release();
  expect(await startOften(settings.url, 3)).toEqual(Array(3).fill('started'));
});
