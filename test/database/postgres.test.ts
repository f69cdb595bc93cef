import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../database/connect.js';
import { isUnavailable } from '../../database/unavailable.js';
import { newDatabase } from '../support/databases.js';
import { type Network, networkTo } from '../support/network.js';

describe('connections to PostgreSQL', () => {
  let database: Database;
  let network: Network;
  const ask = () => sql<{ one: number }>`SELECT 1 AS one`.execute(database.store);

  beforeEach(async () => {
    const settings = await newDatabase('postgres');
    if (settings.kind !== 'postgres') throw new Error('not PostgreSQL');
    const url = new URL(settings.url);
    network = await networkTo(url);
    url.port = String(network.port);
    url.searchParams.set('query_timeout', '300');
    database = await openDatabase({ kind: 'postgres', url: url.href });
    await ask();
  });

  it('are given up after one query that got no answer', async () => {
    network.fallSilent();
    await expect(ask()).rejects.toThrow('timeout');
    expect((await ask()).rows).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('are given up in the middle of a transaction, which does not happen then', async () => {
    const insert = sql`INSERT INTO service_status (account, state, since) VALUES ('a', 'READY', 1)`;
    const broken = database.store.transaction().execute(async (trx) => {
      await insert.execute(trx);
      network.fallSilent();
      await insert.execute(trx);
    });
    await expect(broken).rejects.toThrow('timeout');
    expect((await sql`SELECT * FROM service_status`.execute(database.store)).rows).toEqual([]);
    await database.close();
  });

  it('are kept after an error that the server reports', async () => {
    const before = network.connections();
    for (let n = 0; n < 5; n++) {
      await expect(sql`SELECT nothing`.execute(database.store)).rejects.toThrow('nothing');
    }
    expect(network.connections()).toBe(before);
    await database.close();
  });

  it('say as one kind of error that it was not the statement', async () => {
    const lost = database.store.transaction().execute(async (trx) => {
      await sql`SELECT 1`.execute(trx);
      network.cutNear();
      await sql`SELECT 2`.execute(trx);
    });
    await expect(lost).rejects.toSatisfy(isUnavailable);
    await expect(sql`SELECT nothing`.execute(database.store)).rejects.not.toSatisfy(isUnavailable);
    await expect(
      sql`SET statement_timeout = '1ms'; SELECT pg_sleep(1)`.execute(database.store),
    ).rejects.toSatisfy(isUnavailable);
    await database.close();
  });

  it('are given up when their server takes no writes, because another one may', async () => {
    const write = sql`INSERT INTO service_status (account, state, since) VALUES ('a', 'READY', 1)`;
    const before = network.connections();
    await sql`SET default_transaction_read_only = on`.execute(database.store);
    const refused = await write.execute(database.store).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: 'StoreUnavailable', cause: { code: '25006' } });
    await write.execute(database.store);
    expect(network.connections()).toBe(before + 1);
    await database.close();
  });
});
