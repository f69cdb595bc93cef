import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { Log } from '../../src/log.js';
import { silentLog } from '../../src/log.js';
import { newFolder } from '../support/databases.js';
import { createBrowser } from './browser.js';
import { type Gateway, startGateway } from './harness.js';

const GARBAGE = 'no database '.repeat(4_000);
let gateway: Gateway;
let warnings: { message: string; aside: unknown }[] = [];
afterEach(async () => {
  await gateway.close();
  warnings = [];
});

const log: Log = {
  ...silentLog,
  warn: (message, fields) => void warnings.push({ message, aside: fields?.aside }),
};

/** The dashboard on a file of sessions that an earlier run left. */
async function open(dataDir: string) {
  gateway = await startGateway({ dataDir, log });
  return createBrowser(gateway);
}

/** A folder whose file of sessions holds the log-ins of an earlier run. */
async function used(): Promise<string> {
  const dataDir = newFolder();
  const browser = await open(dataDir);
  for (let i = 0; i < 20; i++) await browser.logIn();
  await gateway.close();
  return dataDir;
}

const asideIn = (folder: string) => readdirSync(folder).filter((name) => name.includes('.damaged-'));

const DAMAGES: [string, (file: string) => void][] = [
  ['garbage', (file) => writeFileSync(file, GARBAGE)],
  ['cut off', (file) => truncateSync(file, 5_000)],
  ['a folder', (file) => mkdirSync(file)],
  [
    'a database of something else',
    (file) => new Sqlite(file).exec('CREATE TABLE sessions (sid, expired, sess, more)').close(),
  ],
];

describe('a file of sessions that is damaged', () => {
  it.each(DAMAGES)(
    '(%s) is set aside with the time in its name, and the log-in works',
    async (kind, damage) => {
      const dataDir = kind === 'cut off' ? await used() : newFolder();
      const file = join(dataDir, 'sessions.db');
      damage(file);
      const was = statSync(file);
      const browser = await open(dataDir);
      expect((await browser.logIn()).status).toBe(303);
      expect((await browser.get('/admin/status')).status).toBe(200);

      const [aside = '', ...others] = asideIn(dataDir);
      expect(others).toEqual([]);
      expect(aside).toMatch(/^sessions\.db\.damaged-\d{8}T\d{6}\.\d{3}Z$/);
      const moved = statSync(join(dataDir, aside));
      expect([moved.ino, moved.size]).toEqual([was.ino, was.size]);
      expect(moved.mode & 0o777).toBe(moved.isFile() ? 0o600 : was.mode & 0o777);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(warnings).toEqual([
        { message: expect.stringContaining('was damaged'), aside: join(dataDir, aside) },
      ]);
    },
  );

  it('is noticed while it is in use, by everybody at once, and told once', async () => {
    const dataDir = newFolder();
    const browser = await open(dataDir);
    await browser.logIn();
    const file = join(dataDir, 'sessions.db');
    // What another connection wrote is read from the file again.
    const other = new Sqlite(file);
    other.exec('UPDATE sessions SET expired = expired');
    for (const suffix of ['', '-wal']) writeFileSync(file + suffix, GARBAGE);
    const statuses = await Promise.all(
      Array.from({ length: 10 }, async () => (await createBrowser(gateway).get('/admin/login')).status),
    );
    expect(statuses).toEqual(Array(10).fill(200));
    const another = createBrowser(gateway);
    expect((await another.logIn()).status).toBe(303);
    expect((await another.get('/admin/status')).status).toBe(200);
    expect((await browser.get('/admin/status')).status).toBe(302);
    expect(asideIn(dirname(file)).filter((name) => !/-(wal|shm)$/.test(name))).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    other.close();
  });

  it('in one row only: that log-in is gone, and nothing else', async () => {
    const dataDir = await used();
    const other = new Sqlite(join(dataDir, 'sessions.db'));
    const browser = await open(dataDir);
    await browser.logIn();
    other.exec("UPDATE sessions SET sess = '{' || sess");
    other.close();
    expect((await browser.get('/admin/status')).status).toBe(302);
    expect((await browser.logIn()).status).toBe(303);
    expect((await browser.get('/admin/status')).status).toBe(200);
    expect(readdirSync(dataDir).map((name) => basename(name))).not.toContainEqual(
      expect.stringContaining('damaged'),
    );
  });
});
