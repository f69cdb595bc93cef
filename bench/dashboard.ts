import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { type DatabaseSettings, openDatabase } from '../database/connect.js';
import { systemClock } from '../src/clock.js';
import { createMessageShapes } from '../src/delivery/message-shapes.js';
import { createSearchIndex } from '../src/delivery/search/search-index.js';
import { createSimulatedWhatsApp } from '../src/sandbox/whatsapp/index.js';
import { createKeyedHash, createSealer } from '../src/sealing.js';
import { startPostgres } from '../test/support/postgres.js';
import { benchDashboardCost } from './dashboard-cost.js';
import { fillJobs, SHAPES } from './dashboard-fill.js';
import { type Read, readsOf, WHILE_BUILDING } from './dashboard-reads.js';
import { type Installation, install, type Product, WITH_LOOP_DELAY } from './product.js';
import { atMost, type Finding, median } from './support.js';

const JOBS = 1_000_000;
/** The longest delay of a short time is chance; the middle one of a few is not. */
const ROUNDS = 3;
const RUNS = 11;
const BAR_MS = 50;
const FIRST_PAGES = 3;
const IDLE_MS = 3_000;
const ABOVE_IDLE_MS = 50;

/** What the dashboard reads over HTTP, with a million jobs in each database; then what all of it costs those who enqueue. */
export async function benchDashboard(): Promise<Finding[]> {
  const postgres = await startPostgres();
  try {
    return [
      ...(await benchDatabase('SQLite', {})),
      ...(await benchDatabase('PostgreSQL', { DATABASE_URL: await newDatabase(postgres.url) })),
      ...(await benchDashboardCost()),
    ];
  } finally {
    await postgres.close();
  }
}

async function newDatabase(server: string): Promise<string> {
  const admin = new pg.Client({ connectionString: `${server}/postgres` });
  await admin.connect();
  await admin.query('CREATE DATABASE bench');
  await admin.end();
  return `${server}/bench`;
}

async function benchDatabase(name: string, env: Record<string, string>): Promise<Finding[]> {
  const whatsapp = await createSimulatedWhatsApp();
  const installation = install(whatsapp.url, env);
  const findings: Finding[] = [];
  try {
    const someone = await fill(installation.env);
    const reads = readsOf({ now: Date.now(), jobs: JOBS, someone });
    findings.push(
      ...(await benchReads(installation, reads.filter(WHILE_BUILDING), `${name}, the index being built`)),
    );
    await buildIndex(installation.env);
    findings.push(...(await benchReads(installation, reads, name)));
  } finally {
    installation.remove();
    await whatsapp.close();
  }
  return findings;
}

function settingsOf(env: Installation['env']): DatabaseSettings {
  return env.DATABASE_URL
    ? { kind: 'postgres', url: env.DATABASE_URL }
    : { kind: 'sqlite', filename: env.DB_FILENAME ?? '' };
}

/** Resolves with the number of somebody who had a code long ago. */
async function fill(env: Installation['env']): Promise<string> {
  const settings = settingsOf(env);
  const database = await openDatabase(settings);
  const key = env.ENCRYPTION_KEY ?? '';
  const hash = createKeyedHash(key, 'code');
  const shapes = createMessageShapes({ ...database, sealer: createSealer(key, 'job-body'), hash });
  // The numbers that dashboard-fill.ts gives them.
  for (const text of SHAPES) await shapes.idOf(text);
  await fillJobs(settings, hash, JOBS);
  const jobs = database.store.selectFrom('jobs').select('recipient');
  const { recipient } = await jobs.where('id', '=', Math.floor(JOBS / 3)).executeTakeFirstOrThrow();
  await database.close();
  return recipient;
}

async function buildIndex(env: Installation['env']): Promise<void> {
  const database = await openDatabase(settingsOf(env));
  const { step } = createSearchIndex({ database, clock: systemClock });
  while (await step());
  await database.close();
}

/** The median of each, against the first page; and how long the process served nobody else, against an idle one. */
async function benchReads(installation: Installation, reads: Read[], name: string): Promise<Finding[]> {
  const product = await installation.start(WITH_LOOP_DELAY);
  try {
    const get = await reader(product);
    const firstPage = () => timed(() => get('/admin/api/jobs?pageSize=50'));
    // A process that has just started is slow at everything.
    await firstPage();
    const firstMs = median(await firstPage());
    const barMs = Math.max(BAR_MS, Math.ceil(FIRST_PAGES * firstMs));
    await product.loopDelayMs();
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    const idleMs = await product.loopDelayMs();
    const findings: Finding[] = [];
    const medians = new Map<string, number>();
    const worst = { what: '', ms: 0 };
    for (const { what, path } of reads) {
      const times: number[] = [];
      const delays: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        times.push(...(await timed(() => get(path))));
        delays.push((await product.loopDelayMs()) - idleMs);
      }
      medians.set(what, median(times));
      findings.push(atMost(`${name}: ${what}`, median(times), barMs, ' ms'));
      const ms = median(delays);
      if (ms > worst.ms) Object.assign(worst, { what, ms });
    }
    const lastMs = medians.get('the last page');
    if (lastMs !== undefined)
      findings.push(atMost(`${name}: the last page / the first`, lastMs / firstMs, 2));
    const held = `${name}: event loop held up, p99 above idle, at the worst (${worst.what})`;
    return [...findings, atMost(held, worst.ms, ABOVE_IDLE_MS, ' ms')];
  } finally {
    await product.stop();
  }
}

async function reader(product: Product): Promise<(path: string) => Promise<void>> {
  const { cookie } = await product.logIn();
  return async (path) => {
    const answer = await fetch(product.url + path, { headers: { cookie } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}: ${text}`);
  };
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
