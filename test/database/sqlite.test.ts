import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../database/connect.js';
import { openSqliteFile } from '../../database/drivers/sqlite.js';
import { newFolder } from '../support/databases.js';

async function open(filename: string) {
  const database = await openDatabase({ kind: 'sqlite', filename });
  onTestFinished(() => database.close());
  return database.store;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

it('makes its files and folders for their owner alone', async () => {
  const umask = process.umask(0o022);
  onTestFinished(() => void process.umask(umask));
  const folder = join(newFolder(), 'var', 'data');
  await open(join(folder, 'app_data.db'));
  expect([dirname(folder), folder].map(modeOf)).toEqual([0o700, 0o700]);
  const files = readdirSync(folder).sort();
  expect(files).toEqual(['app_data.db', 'app_data.db-shm', 'app_data.db-wal']);
  expect(files.map((file) => modeOf(join(folder, file)))).toEqual([0o600, 0o600, 0o600]);
});

it('closes a file to others that was open to them before', async () => {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  const filename = join(folder, 'app_data.db');
  writeFileSync(filename, '', { mode: 0o644 });
  await open(filename);
  expect(modeOf(filename)).toBe(0o600);
});

it.each([
  ['journal_mode', 'wal'],
  // 2 = FULL: a commit is on the disk when it returns.
  ['synchronous', 2],
  ['foreign_keys', 1],
  // 1 = deleted content is overwritten with zeros.
  ['secure_delete', 1],
])('runs with %s = %s', async (pragma, value) => {
  const store = await open(join(newFolder(), 'app_data.db'));
  const { rows } = await sql.raw<Record<string, unknown>>(`PRAGMA ${pragma}`).execute(store);
  expect(rows).toEqual([{ [pragma]: value }]);
});

it('keeps a statement prepared while it is used, and lets go of the rest by what they weigh', () => {
  const file = openSqliteFile(join(newFolder(), 'app_data.db'));
  onTestFinished(() => file.close());
  const used = file.prepare('SELECT 1');
  const unused = file.prepare('SELECT 2');
  for (let size = 1; size <= 200; size++) {
    file.prepare(`SELECT 1 WHERE 1 IN (${Array.from({ length: 20 * size }, () => '?').join()})`);
    expect(file.prepare('SELECT 1')).toBe(used);
  }
  expect(file.prepare('SELECT 2')).not.toBe(unused);
});

it('says what is wrong with a file that is no database', async () => {
  const filename = join(newFolder(), 'app_data.db');
  writeFileSync(filename, 'this is not a database, whatever it is called\n'.repeat(50));
  await expect(openDatabase({ kind: 'sqlite', filename })).rejects.toThrow('file is not a database');
});

describe('a file that another program holds', () => {
  function held(filename: string) {
    const other = new Sqlite(filename);
    other.pragma('locking_mode = EXCLUSIVE');
    other.exec('BEGIN EXCLUSIVE');
    onTestFinished(() => void other.close());
    return other;
  }

  it('is opened when it is free a moment later', async () => {
    const filename = join(newFolder(), 'app_data.db');
    const other = held(filename);
    setTimeout(() => other.close(), 600);
    const store = await open(filename);
    expect(await store.selectFrom('jobs').selectAll().execute()).toEqual([]);
  });

  it('is given up after a while', async () => {
    const filename = join(newFolder(), 'app_data.db');
    held(filename);
    await expect(openDatabase({ kind: 'sqlite', filename })).rejects.toThrow('database is locked');
  });
});

it('a folder that the system does not let anybody make is an error, not an endless loop', async () => {
  await expect(openDatabase({ kind: 'sqlite', filename: '/proc/nope/deep/x.db' })).rejects.toThrow('ENOENT');
});
