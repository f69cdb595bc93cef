import { describe, expect, it, onTestFinished } from 'vitest';
import type { JobStatus } from '../../database/schema.js';
import type { FailureReason } from '../../src/delivery/job.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { createWorld, EVERYTHING, TTL_MS } from './world.js';

const LONG_AGO = Date.parse('2025-12-01T00:00:00Z');
const FAILED = { ...EVERYTHING, status: 'failed' as const };

describe.each(DATABASES)('what an operator does to many jobs on %s', (kind) => {
  async function start() {
    const database = await openTestDatabase(kind);
    onTestFinished(() => database.close());
    const world = createWorld(database);
    const ids = async () => {
      const rows = await world.store.selectFrom('jobs').select('id').orderBy('id').execute();
      return rows.map(({ id }) => id);
    };
    return { ...world, ids };
  }

  /** 400 old jobs: 240 sent, 80 failed, 40 expired, 20 pending, 20 processing. */
  async function filled() {
    const world = await start();
    const statusOf = (n: number): JobStatus =>
      n % 20 === 0
        ? 'pending'
        : n % 20 === 1
          ? 'processing'
          : n % 10 === 2
            ? 'expired'
            : n % 5 === 3
              ? 'failed'
              : 'sent';
    await world.fill(
      Array.from({ length: 400 }, (_, n) => ({ status: statusOf(n), createdAt: LONG_AGO + n * 1_000 })),
    );
    return world;
  }

  it('goes on where a search stopped: what is counted is a beginning, what is deleted is all', async () => {
    const world = await start();
    const sent = Array.from({ length: 3_000 }, (_, n) => ({
      status: 'sent' as const,
      createdAt: LONG_AGO + n,
    }));
    await world.fill([...sent, { status: 'sent', createdAt: LONG_AGO, recipient: '+4930901820' }]);
    const living = await world.failed('+201112345678');
    const search = { ...EVERYTHING, q: '+2011' };
    const preview = await world.jobs.bulk(search);
    expect(preview).toMatchObject({ retryable: 1, atLeast: true, upTo: living });
    expect(preview.deletable).toBeLessThan(3_001);
    const before = { ...search, before: 11 };
    expect(await world.jobs.bulk(before)).toMatchObject({ retryable: 0, deletable: 10, atLeast: false });
    expect(await world.jobs.removeAll(before, preview.upTo)).toBe(10);
    expect(await world.jobs.removeAll(search, preview.upTo)).toBe(2_991);
    expect(await world.ids()).toEqual([3_001]);
  });

  it('is counted before: only living failed jobs can be retried, only finished ones deleted', async () => {
    const world = await filled();
    await world.failed('+201001234501');
    await world.failed('+201001234502');
    expect(await world.jobs.bulk(EVERYTHING)).toEqual({
      retryable: 2,
      deletable: 362,
      atLeast: false,
      upTo: 402,
    });
    expect(await world.jobs.bulk(FAILED)).toMatchObject({ retryable: 2, deletable: 82 });
    expect(await world.jobs.bulk({ ...EVERYTHING, status: 'sent' })).toMatchObject({
      retryable: 0,
      deletable: 240,
    });
    expect(await world.jobs.bulk({ ...EVERYTHING, status: 'pending' })).toMatchObject({ deletable: 0 });
    const old = { ...EVERYTHING, to: LONG_AGO + 100_000 };
    expect(await world.jobs.bulk(old)).toMatchObject({ retryable: 0, deletable: 90 });
    expect(await world.jobs.bulk({ ...FAILED, from: LONG_AGO + 100_000 })).toMatchObject({
      retryable: 2,
      deletable: 62,
    });
    expect(await world.jobs.bulk({ ...EVERYTHING, q: '1234501' })).toMatchObject({
      retryable: 1,
      deletable: 1,
    });
    expect(await world.jobs.bulk({ ...EVERYTHING, q: '+2011100003' })).toMatchObject({
      retryable: 0,
      deletable: 90,
    });
  });

  it('of an empty table is nothing', async () => {
    const world = await start();
    expect(await world.jobs.bulk(EVERYTHING)).toEqual({
      retryable: 0,
      deletable: 0,
      atLeast: false,
      upTo: 0,
    });
    expect(await world.jobs.removeAll(EVERYTHING, 0)).toBe(0);
    expect(await world.jobs.retryAll(EVERYTHING, 0, 'me')).toBe(0);
  });

  it('retries each job once, however many ask at the same time', async () => {
    const world = await start();
    const ids: number[] = [];
    for (let n = 10; n < 40; n++) ids.push(await world.failed(`+2010012345${n}`));
    const { upTo } = await world.jobs.bulk(FAILED);
    const counts = await Promise.all(
      Array.from({ length: 5 }, () => world.jobs.retryAll(FAILED, upTo, 'operator')),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBe(30);
    expect(await world.jobs.counts()).toMatchObject({ pending: 30, failed: 0 });
    const events = await world.store.selectFrom('job_events').selectAll().execute();
    for (const [what, detail] of [
      ['failed', 'WhatsApp refused the message.'],
      ['retried', 'operator'],
    ]) {
      const told = events.filter((event) => event.kind === what);
      expect(told.map((event) => event.job_id).sort((a, b) => a - b)).toEqual(ids);
      expect(new Set(told.map((event) => event.detail))).toEqual(new Set([detail]));
    }
  });

  it('gives twenty parallel retries of one job one winner', async () => {
    const world = await start();
    const id = await world.failed();
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => world.jobs.retry(id, 'operator')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(19).fill('job_not_retryable'));
    expect((await world.jobs.story(id))?.events.filter((event) => event.kind === 'retried')).toHaveLength(1);
  });

  it('asks WhatsApp anew about the numbers of retried jobs that WhatsApp had turned down', async () => {
    const world = await start();
    const [one, another, restricted, untouched] = [1, 2, 3, 4].map((n) => `+20100000000${n}`);
    const address = { jid: '201000000001@s.whatsapp.net', lid: '1@lid', checked_at: 1, first_accepted_at: 1 };
    const people = [one, another, restricted, untouched].map((recipient) => ({ recipient, ...address }));
    for (const account of ['default', 'other']) {
      const rows = people.map((person) => ({ account, ...person, recipient: String(person.recipient) }));
      await world.store.insertInto('recipients').values(rows).execute();
    }
    const fail = async (recipient: string | undefined, reason: FailureReason) => {
      const id = await world.add(recipient);
      await world.fail(await world.claim(), reason);
      return id;
    };
    const doubted = async () => {
      const rows = await world.store.selectFrom('recipients').selectAll().orderBy('recipient').execute();
      for (const { jid, lid } of rows) expect({ ...address, jid, lid }).toEqual(address);
      return rows.filter(({ checked_at }) => checked_at === null).map((row) => [row.account, row.recipient]);
    };

    const first = await fail(one, 'not_on_whatsapp');
    await fail(another, 'rejected_by_whatsapp');
    await fail(restricted, 'reach_out_restricted');
    await fail(untouched, 'not_on_whatsapp');
    expect(await doubted()).toEqual([]);
    await world.jobs.retry(first, 'operator');
    expect(await doubted()).toEqual([['default', one]]);
    expect(await world.jobs.retryAll(FAILED, first + 2, 'operator')).toBe(2);
    expect(await doubted()).toEqual([
      ['default', one],
      ['default', another],
    ]);
  });

  it('keeps how a job failed when it is retried, as often as that happens', async () => {
    const world = await start();
    const id = await world.add();
    const end = async (reason: FailureReason) => {
      const job = await world.claim();
      await world.clock.advance(1_000);
      await world.fail(job, reason);
      await world.clock.advance(1_000);
    };
    const began = world.clock.now();
    await end('not_on_whatsapp');
    await world.jobs.retry(id, 'operator');
    await end('rejected_by_whatsapp');
    const { upTo } = await world.jobs.bulk(FAILED);
    expect(await world.jobs.retryAll(FAILED, upTo, 'colleague')).toBe(1);
    const story = await world.jobs.story(id);
    expect(story?.events.map(({ at, kind: what, detail }) => [at - began, what, detail])).toEqual([
      [0, 'claimed', null],
      [1_000, 'failed', 'This number is not registered on WhatsApp.'],
      [2_000, 'retried', 'operator'],
      [2_000, 'claimed', null],
      [3_000, 'failed', 'WhatsApp refused the message.'],
      [4_000, 'retried', 'colleague'],
    ]);
    expect(story).toMatchObject({ status: 'pending', error: null, finishedAt: null, attempts: 0, writes: 0 });
    expect(await world.jobs.counts()).toMatchObject({ pending: 1, failed: 0 });
  });

  it('retries nothing that is newer than what was counted, superseded or too late', async () => {
    const world = await start();
    const superseded = await world.failed('+201001234501');
    const kept = await world.failed('+201001234502');
    await world.failed('+201001234501');
    const { upTo, retryable } = await world.jobs.bulk(FAILED);
    expect(retryable).toBe(2);
    const newer = await world.failed('+201001234503');
    expect(await world.jobs.retryAll(FAILED, upTo, 'me')).toBe(2);
    expect((await world.jobs.find(kept))?.status).toBe('pending');
    expect((await world.jobs.find(superseded))?.status).toBe('failed');
    expect((await world.jobs.find(newer))?.status).toBe('failed');
    await world.clock.advance(TTL_MS);
    expect(await world.jobs.bulk(FAILED)).toMatchObject({ retryable: 0 });
    expect(await world.jobs.retryAll(FAILED, newer, 'me')).toBe(0);
  });

  it('deletes in small portions between which everything else goes on', async () => {
    const world = await filled();
    const { upTo } = await world.jobs.bulk(EVERYTHING);
    const progress: number[] = [];
    let turns = 0;
    const turn = () => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    expect(await world.jobs.removeAll(EVERYTHING, upTo, (soFar) => void progress.push(soFar))).toBe(360);
    clearImmediate(next);
    expect(progress).toEqual([100, 200, 300, 360]);
    expect(turns).toBeGreaterThanOrEqual(3);
    expect(await world.jobs.counts()).toEqual({
      pending: 20,
      processing: 20,
      sent: 0,
      failed: 0,
      expired: 0,
      canceled: 0,
    });
    expect((await world.jobs.list(EVERYTHING, 1, 100)).total).toBe(40);
  });

  it.each([
    ['with a status', FAILED, 80],
    ['of a time', { ...EVERYTHING, from: LONG_AGO + 100_000, to: LONG_AGO + 200_000 }, 90],
    ['with a status, of a time', { ...FAILED, from: LONG_AGO + 100_000 }, 60],
    ['that are found', { ...EVERYTHING, q: '+2011100003' }, 90],
    ['that wait', { ...EVERYTHING, status: 'pending' as const }, 0],
  ])('deletes the jobs %s, and no others', async (_, filter, count) => {
    const world = await filled();
    const before = await world.ids();
    const { upTo, deletable } = await world.jobs.bulk(filter);
    expect(deletable).toBe(count);
    expect(await world.jobs.removeAll(filter, upTo)).toBe(count);
    expect((await world.ids()).length).toBe(before.length - count);
    expect(await world.jobs.bulk(filter)).toMatchObject({ deletable: 0 });
  });

  it('deletes nothing that is newer than what was counted, nor what is no longer what was meant', async () => {
    const world = await start();
    const retried = await world.failed('+201001234501');
    const failed = await world.failed('+201001234502');
    const { upTo } = await world.jobs.bulk(FAILED);
    await world.jobs.retry(retried);
    await world.queue.complete(await world.claim(), { kind: 'accepted', at: world.clock.now() }, null);
    const newer = await world.failed('+201001234503');
    expect(await world.jobs.removeAll(FAILED, upTo)).toBe(1);
    expect(await world.ids()).toEqual([retried, newer]);
    expect(await world.jobs.find(failed)).toBeNull();
  });

  it('takes the story of a deleted job with it; an idempotent request still gets its first answer', async () => {
    const world = await start();
    const id = await world.add('+201001234567', {
      idempotency: { id: 'key', requestHash: 'body', response: 'sealed' },
    });
    await world.fail(await world.claim());
    await world.jobs.retry(id);
    await world.fail(await world.claim());
    await world.jobs.remove(id);
    expect(await world.jobs.story(id)).toBeNull();
    expect(await world.store.selectFrom('job_events').selectAll().execute()).toEqual([]);
    const [key] = await world.store.selectFrom('idempotency_keys').selectAll().execute();
    expect(key).toMatchObject({ id: 'key', job_id: id, response: 'sealed' });
    expect(await world.add()).toBeGreaterThan(id);
  });

  it('deletes one finished job once, and refuses one that is still open', async () => {
    const world = await start();
    const id = await world.failed();
    const waiting = await world.add('+201001234502');
    await expect(world.jobs.remove(waiting)).rejects.toMatchObject({
      code: 'job_not_deletable',
      message: expect.stringMatching(/pending/),
    });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => world.jobs.remove(id)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(world.jobs.remove(id)).rejects.toMatchObject({ code: 'job_not_found' });
    expect(world.calls).toEqual(['deleted']);
    expect(await world.ids()).toEqual([waiting]);
  });
});
