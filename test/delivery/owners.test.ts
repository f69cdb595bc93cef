import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../database/connect.js';
import { createOwners } from '../../src/delivery/queue/owners.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, newDatabase, newFolder, openTestDatabase } from '../support/databases.js';
import { openDelivery } from '../support/delivery.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { until } from '../support/until.js';

const MIGRATIONS = join(import.meta.dirname, '../../database/migrations');
const PHONE = '+201001234567';
const LEASE_MS = 60_000;

describe.each(DATABASES)('the jobs of another process, on %s', (kind) => {
  let database: Database;
  let clock: TestClock;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
  });
  afterEach(() => database.close());

  function newProcess(time = clock) {
    const sender = createScriptedSender(time);
    return { sender, delivery: openDelivery({ database, sender, clock: time }) };
  }

  /** Ends as with kill -9: its time stands still from then on, and what it had in hand stays in hand. */
  async function claimAndDie(): Promise<number> {
    const time = createTestClock(clock.now());
    const { sender, delivery } = newProcess(time);
    sender.answer = () => new Promise(() => {});
    await delivery.start();
    const jobId = await delivery.request(PHONE);
    await until('the job is in hand', async () => {
      await time.advance(1);
      return sender.written.length === 1;
    });
    expect(await rowOf(jobId)).toMatchObject({ status: 'processing', lease_owner: expect.any(String) });
    return jobId;
  }

  const rowOf = (jobId: number) =>
    database.store.selectFrom('jobs').selectAll().where('id', '=', jobId).executeTakeFirstOrThrow();
  const owners = async () =>
    (await database.store.selectFrom('lease_owners').select('owner').execute()).map(({ owner }) => owner);
  const stop = async ({ delivery }: ReturnType<typeof newProcess>) => {
    const stopped = delivery.stop();
    await clock.advance(10_000);
    await stopped;
  };

  it('are taken up at once after a start, when it held the lock before', async () => {
    const jobId = await claimAndDie();
    const next = newProcess();
    next.sender.set({ state: 'DISCONNECTED', openSince: null });
    await next.delivery.start();
    expect(await rowOf(jobId)).toMatchObject({ status: 'pending', lease_owner: null });
    expect((await next.delivery.jobs.story(jobId))?.events.at(-1)).toMatchObject({
      kind: 'recovered',
      detail: expect.stringMatching(/^The program was ended/),
    });
    await stop(next);
  });

  it('are left alone by a start when it never held the lock, until their lease lapses', async () => {
    const jobId = await claimAndDie();
    await database.store.deleteFrom('lease_owners').execute();
    const next = newProcess();
    next.sender.set({ state: 'DISCONNECTED', openSince: null });
    await next.delivery.start();
    await clock.advance(LEASE_MS / 2);
    expect(await rowOf(jobId)).toMatchObject({ status: 'processing' });
    await until('it is taken up', async () => {
      await clock.advance(LEASE_MS / 4);
      return (await rowOf(jobId)).status === 'pending';
    });
    expect((await next.delivery.jobs.story(jobId))?.events.at(-1)?.detail).toMatch(/no end within its time/);
    await stop(next);
  });

  it('and its name are dealt with once', async () => {
    await claimAndDie();
    const [ended] = await owners();
    const next = newProcess();
    await next.delivery.start();
    const left = await owners();
    expect(left).toHaveLength(1);
    expect(left).not.toContain(ended);
    await stop(next);
  });

  it('of a process that ended at its start are still known to the one after', async () => {
    const first = createOwners({ store: database.store, clock });
    const second = createOwners({ store: database.store, clock });
    const third = createOwners({ store: database.store, clock });
    expect(await first.takeOver()).toEqual([]);
    expect(await second.takeOver()).toEqual([first.me]);
    expect((await third.takeOver()).sort()).toEqual([first.me, second.me].sort());
    await third.forget([first.me, second.me]);
    expect(await owners()).toEqual([third.me]);
    await third.forget([]);
    expect(await owners()).toEqual([third.me]);
  });
});

it.each(DATABASES)('a version before, which noted no names, has ended as well: %s', async (kind) => {
  const settings = await newDatabase(kind);
  const folder = newFolder();
  for (const name of readdirSync(MIGRATIONS)) {
    if (name < '0010') cpSync(join(MIGRATIONS, name), join(folder, name));
  }
  const clock = createTestClock();
  const before = await openDatabase(settings, { folder });
  const job = { account: 'default', channel: 'whatsapp', purpose: 'gateway', code_hash: 'hash' };
  const times = { run_at: clock.now(), created_at: clock.now(), claimed_at: clock.now() };
  for (const [n, owner] of ['one', 'one', 'other'].entries()) {
    await before.store
      .insertInto('jobs')
      .values({
        ...job,
        ...times,
        recipient: `+20100123456${n}`,
        message_id: `M${n}`,
        body: 'sealed',
        status: 'processing',
        expires_at: clock.now() + 300_000,
        lease_owner: owner,
        lease_until: clock.now() + LEASE_MS,
      })
      .execute();
  }
  await before.close();

  const database = await openDatabase(settings);
  const sender = createScriptedSender(clock);
  sender.set({ state: 'DISCONNECTED', openSince: null });
  const delivery = openDelivery({ database, sender, clock });
  await delivery.start();
  expect(await delivery.jobs.counts()).toMatchObject({ pending: 3, processing: 0 });
  const stopped = delivery.stop();
  await clock.advance(10_000);
  await stopped;
  await database.close();
});
