import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../database/connect.js';
import { newDatabase } from '../support/databases.js';

/** A way to the database on which the connections of the moment can be made to fall silent, as after a lost route. */
async function networkTo(url: URL) {
  const port = Number(url.port);
  const live = new Set<Socket>();
  const silent = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    live.add(near);
    near.on('data', (bytes) => silent.has(near) || far.write(bytes));
    far.on('data', (bytes) => silent.has(near) || near.write(bytes));
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => {}).on('close', () => silent.has(near) || near.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of live) socket.destroy();
    proxy.close();
  });
  return {
    port: (proxy.address() as AddressInfo).port,
    connections: () => live.size,
    fallSilent: () => {
      for (const socket of live) silent.add(socket);
    },
  };
}

describe('connections to PostgreSQL', () => {
  let database: Database;
  let network: Awaited<ReturnType<typeof networkTo>>;
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
});
