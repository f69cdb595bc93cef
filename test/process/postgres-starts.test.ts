import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { newFolder } from '../support/databases.js';
import { type FragileDatabase, newFragileDatabase } from '../support/fragile-database.js';
import { startPooler } from '../support/pooler.js';
import { launch, newEnvironment, startProduct, startWhatsApp } from '../support/product.js';

const MIGRATIONS = join(import.meta.dirname, '../../database/migrations');

/** What stands in the way; resolves with the address to start with. */
type Trouble = (database: FragileDatabase) => Promise<string>;

const pooled: Trouble = async ({ url }) => (await startPooler(url, 'transaction', 'last used')).url;
const full: Trouble = async ({ url, refuseSessions }) => {
  await refuseSessions();
  return url;
};
const readOnly: Trouble = async ({ url, refuseWrites }) => {
  await refuseWrites();
  return url;
};
/** As pg_dump does while a database of an older version is brought up to date. */
const dumped: Trouble = async ({ url }) => {
  await (await openDatabase({ kind: 'postgres', url }, { folder: firstMigration() })).close();
  const client = new pg.Client({ connectionString: url, application_name: 'pg_dump' });
  onTestFinished(() => client.end());
  await client.connect();
  await client.query('BEGIN; LOCK TABLE jobs IN ACCESS SHARE MODE');
  return url;
};

it.each<[string, Trouble, string]>([
  [
    'swaps connections',
    pooled,
    'DATABASE_URL: must not be the address of a pooler that swaps connections between transactions (such as PgBouncer with pool_mode=transaction); use its session mode or the address of PostgreSQL itself.',
  ],
  [
    'is full',
    full,
    'DATABASE_URL: must be a PostgreSQL server with connections to spare, this one has too many already; end other programs or raise max_connections, then start again (53300).',
  ],
  [
    'takes no writes',
    readOnly,
    'DATABASE_URL: must be a PostgreSQL server that takes writes, this one is read-only at the moment; use the address of the primary (25006).',
  ],
  [
    'is being dumped while it has to be changed',
    dumped,
    'DATABASE_URL: must be a database that nobody else holds, but another program (pg_dump) has locked its table jobs, which has to be changed, for too long; wait for it to end, then start again (55P03).',
  ],
])('a start on a PostgreSQL that %s says so in one sentence', async (_what, trouble, sentence) => {
  const database = await newFragileDatabase(inject('postgresUrl'));
  const whatsapp = await startWhatsApp();
  const start = launch(newEnvironment(whatsapp, { DATABASE_URL: await trouble(database) }));
  expect((await start.exited).code).toBe(1);
  const lines = start.output().trim().split('\n');
  expect(lines.filter((line) => !line.includes('"level":"info"'))).toEqual([sentence]);
  expect(whatsapp.connectionAttempts()).toHaveLength(0);
  expect(await database.lockHolders()).toEqual([]);
});

it('an upgrade tells its steps in the log', async () => {
  const database = await newFragileDatabase(inject('postgresUrl'));
  await (await openDatabase({ kind: 'postgres', url: database.url }, { folder: firstMigration() })).close();
  const product = await startProduct(newEnvironment(await startWhatsApp(), { DATABASE_URL: database.url }));
  const [, ...rest] = migrationFiles();
  for (const [index, file] of rest.entries()) {
    const place = `"migration":"${file}","number":${index + 1},"of":${rest.length}`;
    expect(product.output()).toContain(`"message":"the database is being brought up to date",${place}}`);
    expect(product.output()).toContain(`"message":"a step of the database is done",${place},"tookMs":`);
  }
});

/** Those of PostgreSQL, in their order. */
function migrationFiles(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => !name.includes('.sqlite.'))
    .sort();
}

function firstMigration(): string {
  const folder = join(newFolder(), 'migrations');
  mkdirSync(folder);
  const [first = ''] = migrationFiles();
  symlinkSync(join(MIGRATIONS, first), join(folder, first));
  return folder;
}
