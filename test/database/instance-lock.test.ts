import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseSettings } from '../../database/connect.js';
import { takeInstanceLock } from '../../database/locks/instance-lock.js';
import { AlreadyRunning } from '../../database/locks/lock.js';
import { type Child, run } from '../support/child.js';
import { DATABASES, newDatabase, newFolder } from '../support/databases.js';
import { networkTo } from '../support/network.js';
import { until } from '../support/until.js';

const HOLDER = join(import.meta.dirname, 'lock-holder.ts');

async function take(settings: DatabaseSettings, onLost = () => {}) {
  const lock = await takeInstanceLock(settings, onLost);
  onTestFinished(() => lock.release());
  return lock;
}

/** Another process that asks for the lock; resolves once it has its answer. */
async function anotherProcess(settings: DatabaseSettings): Promise<Child> {
  const child = run(process.execPath, ['--import', 'tsx', HOLDER, JSON.stringify(settings)], {
    cwd: import.meta.dirname,
    env: {},
  });
  await until('an answer of the other process', () => child.output().includes('\n'));
  return child;
}

describe.each(DATABASES)('the instance lock on %s', (kind) => {
  it('is refused to a second taker, and given when the first has let go', async () => {
    const settings = await newDatabase(kind);
    const first = await take(settings);
    await expect(takeInstanceLock(settings, () => {})).rejects.toThrow(AlreadyRunning);
    await first.release();
    await take(settings);
  });

  it('is refused to another process with one sentence', async () => {
    const settings = await newDatabase(kind);
    await take(settings);
    const other = await anotherProcess(settings);
    expect(other.output()).toBe(
      'AlreadyRunning: Another process is already running on this database; stop it first.\n',
    );
    expect((await other.exited).code).toBe(0);
  });

  it('is free after kill -9 of the process that held it', async () => {
    const settings = await newDatabase(kind);
    const other = await anotherProcess(settings);
    expect(other.output()).toBe('held\n');
    await expect(takeInstanceLock(settings, () => {})).rejects.toThrow(AlreadyRunning);
    await other.kill('SIGKILL');
    await take(settings);
  });

  it('waits for a process that is just ending', async () => {
    const settings = await newDatabase(kind);
    const first = await take(settings);
    const second = take(settings);
    setTimeout(() => void first.release(), 300);
    await second;
  });

  it('of one database does not stand in the way of another', async () => {
    await take(await newDatabase(kind));
    await take(await newDatabase(kind));
  });
});

it('the instance lock on sqlite lies beside the database, for its owner alone', async () => {
  const umask = process.umask(0o022);
  onTestFinished(() => void process.umask(umask));
  const folder = join(newFolder(), 'data');
  await take({ kind: 'sqlite', filename: join(folder, 'app_data.db') });
  expect(readdirSync(folder)).toContain('app_data.db.lock');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'app_data.db.lock')).mode & 0o777).toBe(0o600);
});

it('the instance lock on sqlite is the same by every path to the file', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'data'));
  symlinkSync(join(folder, 'data'), join(folder, 'link'));
  await take({ kind: 'sqlite', filename: join(folder, 'data', 'app_data.db') });
  const other = takeInstanceLock({ kind: 'sqlite', filename: join(folder, 'link', 'app_data.db') }, () => {});
  await expect(other).rejects.toThrow(AlreadyRunning);
});

describe('the instance lock on postgres', () => {
  const HOLDERS = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

  async function ask(settings: DatabaseSettings, query: string): Promise<{ pid: number }[]> {
    if (settings.kind !== 'postgres') throw new Error('not PostgreSQL');
    const client = new pg.Client({ connectionString: settings.url });
    await client.connect();
    const { rows } = await client.query(query);
    await client.end();
    return rows;
  }

  /** The sessions that hold an advisory lock in this database. */
  const holders = (settings: DatabaseSettings) => ask(settings, HOLDERS);
  const terminateHolder = (settings: DatabaseSettings) =>
    ask(settings, `SELECT pg_terminate_backend(pid, 5000), pid FROM (${HOLDERS}) AS holders`);

  it('is taken again when its connection breaks, and nothing was lost', async () => {
    const settings = await newDatabase('postgres');
    let lost = 0;
    const lock = await take(settings, () => lost++);
    const before = await holders(settings);
    await terminateHolder(settings);
    const after = await until('it is held again', async () => {
      const pids = await holders(settings);
      return pids.length > 0 && pids;
    });
    expect(after).not.toEqual(before);
    await expect(takeInstanceLock(settings, () => {})).rejects.toThrow(AlreadyRunning);
    expect(lost).toBe(0);

    await lock.release();
    await take(settings);
  });

  it('says once that it was lost when somebody else was faster, and can still be released', async () => {
    const settings = await newDatabase('postgres');
    let lost = 0;
    const lock = await take(settings, () => lost++);
    await terminateHolder(settings);
    await take(settings);
    await until('the loss is noticed', () => lost > 0);
    await lock.release();
    expect(lost).toBe(1);
    expect(await holders(settings)).toHaveLength(1);
  });

  it('is taken from our own session of before, when the server has not noticed that it is gone', async () => {
    const settings = await newDatabase('postgres');
    if (settings.kind !== 'postgres') throw new Error('not PostgreSQL');
    const url = new URL(settings.url);
    const network = await networkTo(url);
    url.port = String(network.port);
    await take({ kind: 'postgres', url: url.href }, () => {
      throw new Error('nothing was lost');
    });
    const before = await holders(settings);
    network.cutNear();
    const after = await until('it is held by another session', async () => {
      const pids = await holders(settings);
      return pids.length > 0 && pids[0]?.pid !== before[0]?.pid && pids;
    });
    expect(after).toHaveLength(1);
    await expect(takeInstanceLock(settings, () => {})).rejects.toThrow(AlreadyRunning);
  });

  it('is not taken again once it was released', async () => {
    const settings = await newDatabase('postgres');
    const lock = await take(settings, () => {
      throw new Error('nothing was lost');
    });
    await terminateHolder(settings);
    await lock.release();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(await holders(settings)).toEqual([]);
  });

  it('says nothing when it is released on purpose', async () => {
    let lost = 0;
    const lock = await take(await newDatabase('postgres'), () => lost++);
    await lock.release();
    expect(lost).toBe(0);
  });
});
