import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { openDatabase } from '../database/connect.js';
import { systemClock } from '../src/clock.js';
import { createCounters } from '../src/delivery/counters.js';
import { createJobs, type JobFilter } from '../src/delivery/jobs.js';
import { createMessageShapes } from '../src/delivery/message-shapes.js';
import { createJobSearch } from '../src/delivery/search.js';
import { createSearchIndex } from '../src/delivery/search-index.js';
import { createStats } from '../src/delivery/stats.js';
import { createKeyedHash, createSealer } from '../src/sealing.js';
import { benchDashboardCost } from './dashboard-cost.js';
import { fillJobs, JOBS, SHAPES } from './dashboard-fill.js';
import { atMost, type Finding, median } from './support.js';

const RUNS = 21;
const BAR_MS = 50;
const PAGE_SIZE = 50;
const DAY_MS = 86_400_000;
const KEY = 'ab'.repeat(32);
const codeHash = createKeyedHash(KEY, 'code');

/** What the dashboard reads, with a million jobs in a SQLite file; then what all of it costs those who enqueue. */
export async function benchDashboard(): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'otp-bench-'));
  const filename = join(folder, 'app.db');
  const database = await openDatabase({ kind: 'sqlite', filename });
  try {
    fillJobs(filename, codeHash);
    const { step } = createSearchIndex({ database, clock: systemClock, batch: 20_000 });
    while (await step());
    return [...(await benchReads(database)), ...(await benchDashboardCost())];
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchReads(database: Awaited<ReturnType<typeof openDatabase>>): Promise<Finding[]> {
  const { store } = database;
  const clock = systemClock;
  const counters = createCounters({ database, clock });
  const stats = createStats({ store, counters, clock, projectedWaitMs: () => 0 });
  const shapes = createMessageShapes({ store, sealer: createSealer(KEY, 'job-body'), hash: codeHash });
  // The numbers that dashboard-fill.ts gives them.
  for (const text of SHAPES) await shapes.idOf(text);
  const jobs = createJobs({
    store,
    shapes,
    counters,
    clock,
    ttlMs: 300_000,
    search: createJobSearch({ database, shapes, codeHash }),
    onRetried() {},
    onDeleted() {},
  });
  const list = (number: number, change: Partial<JobFilter>) =>
    jobs.list({ status: null, from: null, to: null, q: null, ...change }, number, PAGE_SIZE);
  const page = async (number: number, change: Partial<JobFilter> = {}) => {
    const { total } = await list(number, change);
    if (total === 0) throw new Error(`nothing found for ${JSON.stringify(change)}`);
  };
  const search = (q: string, change: Partial<JobFilter> = {}) => page(1, { q, ...change });
  const last = Math.ceil(JOBS / PAGE_SIZE);
  const from = clock.now() - 12 * DAY_MS;
  const someone = (await jobs.find(Math.floor(JOBS / 3)))?.phoneNumber ?? '';

  const reads: Record<string, () => Promise<unknown>> = {
    'the counts': jobs.counts,
    'the figures of the hour and the day': stats.overview,
    'the chart of the week': () => stats.series('week'),
    'the first page': () => page(1),
    'the page in the middle': () => page(last / 2),
    'the last page': () => page(last),
    'failed, the first page': () => page(1, { status: 'failed' }),
    'failed, the last page': () => page(last, { status: 'failed' }),
    'the last 24 hours': () => page(1, { from: clock.now() - DAY_MS }),
    'the last 7 days, the last page': () => page(last, { from: clock.now() - 7 * DAY_MS }),
    'failed on two days of last week': () => page(1, { status: 'failed', from, to: from + 2 * DAY_MS }),
    'search: a whole phone number': () => search(someone),
    'search: the end of a phone number': () => search(someone.slice(-7)),
    'search: the part of a phone number that all have': () => search('+20 10'),
    'search: an exact code': () => search('4711'),
    'search: words of the message': () => search('verification code'),
    'search: the message with its code': () => search('Your code is 4711.'),
    'search: an error': () => search('not registered on WhatsApp'),
    'search: an error, two days of last week': () => search('superseded', { from, to: from + 2 * DAY_MS }),
    'search: failed, with a common number': () => search('+2010', { status: 'failed' }),
    'search: two digits': () => search('47'),
    'search: nothing found': () => list(1, { q: '+20 10 9999 9999 9' }),
    'the story of a job': () => jobs.story(JOBS / 2),
    'what a bulk action on failed jobs would touch': () =>
      jobs.bulk({ status: 'failed', from: null, to: null, q: null }),
  };
  const findings: Finding[] = [];
  for (const [name, read] of Object.entries(reads)) {
    findings.push(atMost(`1 M jobs: ${name}`, median(await timed(read)), BAR_MS, ' ms'));
  }
  const pages = { first: [] as number[], last: [] as number[] };
  for (let round = 0; round < 5; round++) {
    pages.first.push(...(await timed(() => page(1))));
    pages.last.push(...(await timed(() => page(last))));
  }
  findings.push(atMost('1 M jobs: the last page / the first', median(pages.last) / median(pages.first), 2));
  return findings;
}

async function timed(read: () => Promise<unknown>): Promise<number[]> {
  await read();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    await read();
    times.push(performance.now() - startedAt);
  }
  return times;
}
