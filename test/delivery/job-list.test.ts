import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Database } from '../../database/connect.js';
import type { JobStatus } from '../../database/schema.js';
import type { JobFilter } from '../../src/delivery/operators/jobs.js';
import { newCode } from '../otp/writing-first/codes.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { createWorld, EVERYTHING, TTL_MS, type World } from './world.js';

const BEGIN = Date.parse('2025-12-01T00:00:00Z');
const MINUTE_MS = 60_000;
const JOBS = 3_300;

describe.each(DATABASES)('a long list of jobs on %s', (kind) => {
  let database: Database;
  let world: World;
  /** What is in the table. */
  let jobs: { id: number; status: JobStatus; createdAt: number }[];

  beforeAll(async () => {
    database = await openTestDatabase(kind);
    world = createWorld(database);
    const rows = Array.from({ length: JOBS }, (_, n) => ({
      status: statusOf(n),
      // The clock was set back by a quarter of an hour once.
      createdAt: BEGIN + n * MINUTE_MS - (n >= 2_000 ? 15 * MINUTE_MS : 0),
    }));
    await world.fill(rows);
    jobs = rows.map((row, n) => ({ id: n + 1, ...row })).filter(({ id }) => id % 7 !== 0 && id % 1_500 > 120);
    const kept = new Set(jobs.map(({ id }) => id));
    const gone = rows.map((_, n) => n + 1).filter((id) => !kept.has(id));
    await database.store.deleteFrom('jobs').where('id', 'in', gone).execute();
  });
  afterAll(() => database.close());

  /** The same list, the slow way. */
  function expected({ status, from, to }: JobFilter): number[] {
    const isTimed = from !== null || to !== null;
    return jobs
      .filter((job) => status === null || job.status === status)
      .filter((job) => (from === null || job.createdAt >= from) && (to === null || job.createdAt < to))
      .sort((a, b) => (isTimed && status === null ? b.createdAt - a.createdAt : 0) || b.id - a.id)
      .map(({ id }) => id);
  }

  const at = (minute: number) => BEGIN + minute * MINUTE_MS;
  const times: [string, Pick<JobFilter, 'from' | 'to'>][] = [
    ['of all time', { from: null, to: null }],
    ['since before the first', { from: at(-10), to: null }],
    ['of the last hours', { from: at(3_000), to: null }],
    ['of nearly all the time', { from: at(100), to: null }],
    ['around the moment the clock was set back', { from: at(1_980), to: at(2_010) }],
    ['of the first hours', { from: null, to: at(300) }],
    ['but the first and the last', { from: at(200), to: at(3_000) }],
    ['of the future', { from: at(9_000), to: null }],
  ];

  describe.each(times)('%s', (_, time) => {
    it.each([null, 'pending', 'processing', 'sent', 'failed', 'expired'] as const)(
      'is cut into pages, newest first (status: %s)',
      async (status) => {
        const filter = { ...EVERYTHING, status, ...time };
        const ids = expected(filter);
        const pages = Math.max(1, Math.ceil(ids.length / 50));
        for (const page of new Set([1, 2, Math.ceil(pages / 3), Math.ceil(pages / 2), pages - 1, pages])) {
          if (page < 1) continue;
          const found = await world.jobs.list(filter, page, 50);
          expect(found).toMatchObject({ total: ids.length, page: Math.min(page, pages), atLeast: false });
          const shown = Math.min(page, pages);
          expect(found.jobs.map(({ jobId }) => jobId)).toEqual(ids.slice((shown - 1) * 50, shown * 50));
        }
      },
    );
  });

  it('is seen to its end page by page, without a gap and without a repetition', async () => {
    const seen: number[] = [];
    for (let page = 1; seen.length < jobs.length; page++) {
      const found = await world.jobs.list(EVERYTHING, page, 100);
      expect(found.page).toBe(page);
      seen.push(...found.jobs.map(({ jobId }) => jobId));
    }
    expect(seen).toEqual(expected(EVERYTHING));
  });

  it('answers a page beyond the end with the last one, and odd pages with the nearest', async () => {
    const ids = expected(EVERYTHING);
    const pages = Math.ceil(ids.length / 25);
    const beyond = await world.jobs.list(EVERYTHING, 1_000_000, 25);
    expect(beyond.page).toBe(pages);
    expect(beyond.jobs.map(({ jobId }) => jobId)).toEqual(ids.slice((pages - 1) * 25));
    expect((await world.jobs.list(EVERYTHING, -3, 25)).page).toBe(1);
    expect((await world.jobs.list(EVERYTHING, 1.5, 1e9)).jobs).toHaveLength(100);
  });

  it('is narrowed by what is searched for', async () => {
    const found = await world.jobs.list({ ...EVERYTHING, q: '+201110003', status: 'sent' }, 1, 25);
    // fill() gives the n-th job the number 10,000,000 + n.
    const ids = expected({ ...EVERYTHING, status: 'sent' }).filter((id) => id > 3_000);
    expect(found.total).toBe(ids.length);
    expect(found.jobs.map(({ jobId }) => jobId)).toEqual(ids.slice(0, 25));
    const last = await world.jobs.list({ ...EVERYTHING, q: '+201110003', status: 'sent' }, 99, 25);
    expect(last.page).toBe(Math.ceil(ids.length / 25));
    expect(last.jobs.at(-1)?.jobId).toBe(ids.at(-1));
  });
});

describe.each(DATABASES)('a job on the list on %s', (kind) => {
  async function start(options: Parameters<typeof createWorld>[1] = {}) {
    const database = await openTestDatabase(kind);
    onTestFinished(() => database.close());
    return createWorld(database, options);
  }
  const retryOf = async (world: World, id: number) => (await world.jobs.find(id))?.retry;

  it('says what an empty list is', async () => {
    const world = await start();
    expect(await world.jobs.list(EVERYTHING, 1, 50)).toEqual({
      jobs: [],
      total: 0,
      atLeast: false,
      page: 1,
      pageSize: 50,
      searchedTo: null,
    });
    expect(await world.jobs.find(1)).toBeNull();
    expect(await world.jobs.story(1)).toBeNull();
  });

  it('says no more than "at least" when a search finds very many', async () => {
    const search = {
      find: async () => ({ ids: Array(2_000).fill(1), rest: 1 }),
      among: async () => [],
      building: async () => null,
    };
    const world = await start({ search });
    const [, second] = [await world.failed('+201001234501'), await world.failed('+201001234502')];
    const found = await world.jobs.list({ ...EVERYTHING, q: 'code' }, 500, 50);
    expect(found).toMatchObject({ total: 2_000, atLeast: true, page: 40 });
    expect(found.searchedTo).toEqual({ jobId: second, createdAt: world.clock.now() });
  });

  it('can be retried only while that is of use', async () => {
    const world = await start();
    const failed = await world.failed('+201001234501');
    expect(await retryOf(world, failed)).toBe('possible');
    await world.clock.advance(TTL_MS - 30_000);
    expect(await retryOf(world, failed)).toBe('expired');
    await world.clock.advance(30_000);
    await world.sweep.wipe();
    expect(await retryOf(world, failed)).toBe('expired');

    const waiting = await world.add('+201001234502');
    expect(await retryOf(world, waiting)).toBe('not_failed');
    await world.clock.advance(TTL_MS);
    await world.sweep.expire();
    expect(await retryOf(world, waiting)).toBe('expired');
  });

  it('cannot be retried once a newer code took its place', async () => {
    const world = await start();
    await world.failed('+201001234599');
    const failed = await world.failed();
    const waiting = await world.add();
    expect(await retryOf(world, failed)).toBe('superseded');
    await world.add();
    expect(await retryOf(world, waiting)).toBe('superseded');
    const { jobs } = await world.jobs.list(EVERYTHING, 1, 50);
    expect(jobs.map(({ retry }) => retry)).toEqual(['not_failed', 'superseded', 'superseded', 'possible']);
  });

  it('cannot be retried once its code has ended, alone or with all others', async () => {
    const world = await start();
    const { store } = world;
    const pending = await newCode(store, world.clock);
    const failed = await world.failed('+201001234501');
    await store.updateTable('jobs').set({ code_id: pending.id }).where('id', '=', failed).execute();
    expect(await retryOf(world, failed)).toBe('possible');
    for (const status of ['approved', 'canceled', 'max_checks'] as const) {
      await store.updateTable('codes').set({ status }).where('id', '=', pending.id).execute();
      expect(await retryOf(world, failed)).toBe('ended');
      await expect(world.jobs.retry(failed)).rejects.toMatchObject({ code: 'job_not_retryable' });
      expect(await world.jobs.bulk(EVERYTHING)).toMatchObject({ retryable: 0 });
    }
  });

  it('is refused with the reason that the list gives', async () => {
    const world = await start();
    const other = await world.failed('+201001234599');
    const failed = await world.failed();
    await world.add();
    await expect(world.jobs.retry(failed)).rejects.toMatchObject({
      code: 'job_not_retryable',
      message: expect.stringMatching(/newer code/),
    });
    await world.clock.advance(TTL_MS);
    await expect(world.jobs.retry(other)).rejects.toThrow(/expired/);
    await expect(world.jobs.retry(999)).rejects.toMatchObject({ code: 'job_not_found' });
    expect(world.calls).toEqual([]);
  });

  it('tells its story, and never its code', async () => {
    const world = await start();
    const id = await world.failed();
    await world.jobs.retry(id, 'operator');
    await world.receipt(await world.claim(), 'delivered');
    const story = await world.jobs.story(id);
    expect(story).toMatchObject({
      jobId: id,
      purpose: 'gateway',
      message: 'Your code is ••••.',
      status: 'sent',
      finishedAt: world.clock.now(),
      writes: 1,
      retry: 'not_failed',
      events: [
        { kind: 'claimed', detail: null },
        { kind: 'failed', detail: 'WhatsApp refused the message.' },
        { at: world.clock.now(), kind: 'retried', detail: 'operator' },
      ],
    });
    expect(JSON.stringify(story)).not.toContain('4711');
    expect(world.calls).toEqual(['retried']);
  });
});

function statusOf(n: number): JobStatus {
  if (n % 331 === 5) return 'pending';
  if (n % 997 === 6) return 'processing';
  if (n % 11 === 3) return 'expired';
  return n % 4 === 0 ? 'failed' : 'sent';
}
