import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { NewJob } from '../../src/delivery/queue/new-job.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { newJob, openDelivery, type TestDelivery } from '../support/delivery.js';
import { createScriptedSender, type ScriptedSender } from '../support/scripted-sender.js';

/** What one code in front adds to the wait: the mean gap and a send. */
const PLACE_MS = 13_000;
const TTL_MS = 300_000;

describe.each(DATABASES)('a place in the queue, on %s', (kind) => {
  let database: Database;
  let clock: TestClock;
  let sender: ScriptedSender;
  let delivery: TestDelivery;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    clock = createTestClock();
    sender = createScriptedSender(clock);
    delivery = openDelivery({ database, sender, clock });
  });
  afterEach(async () => {
    await delivery.stop();
    await database.close();
  });

  /** Nothing goes out here, and nothing is counted anew: this is what admission believes. */
  const taken = () => Number(delivery.projectedWaitMs()) / PLACE_MS;
  const jobOf = (recipient: string, change: Partial<NewJob> = {}) =>
    newJob(recipient, clock.now() + TTL_MS, change);
  const under = (id: string) => ({ idempotency: { id, requestHash: 'hash', response: 'sealed' } });
  const transaction = <T>(work: Parameters<ReturnType<typeof start>['execute']>[0]) =>
    start().execute(work) as Promise<T>;
  const start = () => database.store.transaction();

  it('is counted until a job has it, and the job from then on', async () => {
    const place = await delivery.reserve('+201001234501');
    expect([place.waitMs, taken()]).toEqual([0, 1]);
    expect(await place.enqueue(jobOf('+201001234501'))).toMatchObject({ kind: 'created' });
    place.release();
    expect(taken()).toBe(1);
    expect((await delivery.reserve('+201001234502')).waitMs).toBe(PLACE_MS);
  });

  it('is given back once, however often that is said', async () => {
    const [place, other] = [await delivery.reserve('+201001234501'), await delivery.reserve('+201001234502')];
    for (let n = 0; n < 3; n++) place.release();
    expect(taken()).toBe(1);
    other.release();
    expect(taken()).toBe(0);
  });

  it('is for one job, and for none once it was given back', async () => {
    const place = await delivery.reserve('+201001234501');
    await place.enqueue(jobOf('+201001234501'));
    await expect(place.enqueue(jobOf('+201001234501'))).rejects.toThrow('for one job');
    await expect(transaction((trx) => place.enqueueIn(trx, jobOf('+201001234501')))).rejects.toThrow(
      'for one job',
    );
    const returned = await delivery.reserve('+201001234502');
    returned.release();
    await expect(returned.enqueue(jobOf('+201001234502'))).rejects.toThrow('for one job');
    expect(taken()).toBe(1);
  });

  it('is not taken by a code that is refused', async () => {
    sender.set({ state: 'LOGGED_OUT', need: 'logged_out', openSince: null });
    await expect(delivery.reserve('+201001234501')).rejects.toMatchObject({ code: 'sender_logged_out' });
    sender.set({ state: 'READY', need: null, openSince: clock.now() });
    expect(taken()).toBe(0);
  });

  it('is free again when the store fails, also for those who share the commit', async () => {
    const places = await Promise.all(
      ['+201001234501', '+201001234502', '+201001234503'].map((phone) => delivery.reserve(phone)),
    );
    expect(taken()).toBe(3);
    await sql`ALTER TABLE jobs RENAME TO jobs_away`.execute(database.store);
    const failed = await Promise.allSettled(places.map((place) => place.enqueue(jobOf('+201001234501'))));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect([taken(), delivery.storeFailing()]).toEqual([0, true]);
    for (const place of places) place.release();
    await sql`ALTER TABLE jobs_away RENAME TO jobs`.execute(database.store);
    await delivery.request('+201001234504');
    expect([taken(), delivery.storeFailing()]).toEqual([1, false]);
  });

  it('stays taken while its job is being stored, whatever its holder says meanwhile', async () => {
    const place = await delivery.reserve('+201001234501');
    const stored = place.enqueue(jobOf('+201001234501'));
    place.release();
    expect(taken()).toBe(1);
    await stored;
    expect(taken()).toBe(1);
  });

  it('is free again after a second job under one idempotency key, in one commit or in two', async () => {
    const places = await Promise.all(['1', '2', '3'].map((n) => delivery.reserve(`+20100123450${n}`)));
    const [first, second, third] = places;
    const together = [first, second].map((place) => place?.enqueue(jobOf('+201001234501', under('key'))));
    expect((await Promise.all(together)).map((stored) => stored?.kind)).toEqual(['created', 'duplicate']);
    expect(await third?.enqueue(jobOf('+201001234501', under('key')))).toEqual({ kind: 'duplicate' });
    expect(taken()).toBe(1);
  });

  it('is free again after a silent code, stored alone or in a transaction', async () => {
    const alone = await delivery.reserve('+201001234501');
    expect(await alone.enqueue(jobOf('+201001234501', { silent: true }))).toEqual({ kind: 'silent' });
    expect(taken()).toBe(0);
    const joining = await delivery.reserve('+201001234501');
    const joined = await start().execute((trx) =>
      joining.enqueueIn(trx, jobOf('+201001234501', { silent: true })),
    );
    expect([joined.jobId, taken()]).toEqual([null, 1]);
    joined.committed();
    joining.release();
    expect(taken()).toBe(0);
  });

  it('goes with a job that joined a transaction, once that is committed', async () => {
    const place = await delivery.reserve('+201001234501');
    const joined = await start().execute((trx) => place.enqueueIn(trx, jobOf('+201001234501')));
    joined.committed();
    place.release();
    expect(taken()).toBe(1);
    expect(await delivery.jobs.find(joined.jobId ?? 0)).toMatchObject({ status: 'pending' });
  });

  it('is free again when the transaction that its job joined is rolled back, or cannot store it', async () => {
    const place = await delivery.reserve('+201001234501');
    const undone = transaction(async (trx) => {
      await place.enqueueIn(trx, jobOf('+201001234501'));
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    place.release();
    expect([taken(), delivery.storeFailing()]).toEqual([0, false]);

    await sql`ALTER TABLE jobs RENAME TO jobs_away`.execute(database.store);
    const another = await delivery.reserve('+201001234501');
    await expect(transaction((trx) => another.enqueueIn(trx, jobOf('+201001234501')))).rejects.toThrow();
    another.release();
    await sql`ALTER TABLE jobs_away RENAME TO jobs`.execute(database.store);
    expect([taken(), delivery.storeFailing()]).toEqual([0, true]);
    expect(await delivery.jobs.counts()).toMatchObject({ pending: 0 });
  });

  it('of an older code for the same person goes with it', async () => {
    await delivery.request('+201001234501');
    await delivery.request('+201001234501');
    expect(taken()).toBe(1);
  });
});
