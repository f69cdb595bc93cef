import process from 'node:process';
import { sql } from 'kysely';
import { systemClock } from '../src/clock.js';
import { createSearchIndex } from '../src/delivery/search/search-index.js';
import { newJob } from '../test/support/delivery.js';
import { openQueue } from '../test/support/queue.js';
import { openScratch } from './scratch.js';
import { atLeast, atMost, type Finding, median } from './support.js';

const ROUNDS = 31;
const JOBS_A_ROUND = 1_000;

/** What exists for the dashboard alone. */
const TRIGGERS = ['inserted', 'ended', 'end_undone', 'delivered', 'deleted'];
const INDEXES = ['created', 'finished'];

/**
 * Processor time of jobs on their way into the store, with all that the dashboard needs and without; and of the search
 * index, which follows later.
 */
export async function benchDashboardCost(): Promise<Finding[]> {
  const [full, bare] = [await openMeasured(), await openMeasured()];
  try {
    for (const name of TRIGGERS) await sql.raw(`DROP TRIGGER jobs_${name}`).execute(bare.store);
    for (const name of INDEXES) await sql.raw(`DROP INDEX jobs_${name}`).execute(bare.store);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const order = round % 2 === 0 ? [full, bare] : [bare, full];
      const times = new Map<typeof full, number>();
      for (const queue of order) times.set(queue, await queue.enqueue());
      ratios.push((times.get(bare) ?? Number.NaN) / (times.get(full) ?? Number.NaN));
    }
    const { jobs, ms } = await full.indexAll();
    return [
      atLeast('enqueue with the counters and indexes of the dashboard / without them', median(ratios), 0.85),
      atMost('the search index, later: time per job', (ms / jobs) * 1000, 30, ' µs'),
    ];
  } finally {
    await full.close();
    await bare.close();
  }
}

async function openMeasured() {
  const { database, close } = await openScratch();
  const { store } = database;
  const { incoming } = openQueue({ database, clock: systemClock });
  let next = 0;
  const add = () => {
    const code = String(next % 10_000).padStart(4, '0');
    return incoming.enqueue(newJob(`+2010${10_000_000 + next++}`, Date.now() + 300_000, { code }));
  };
  return {
    store,
    /** Takes a round of jobs. Resolves with the processor time in ms. */
    enqueue: () => processorMs(() => Promise.all(Array.from({ length: JOBS_A_ROUND }, add))),
    /** The processor time of all jobs whose block is full, as if their codes had expired. */
    async indexAll() {
      const at = Date.now();
      const ended = { status: 'sent' as const, body: null, sent_at: at, finished_at: at };
      await store.updateTable('jobs').set(ended).execute();
      const { step } = createSearchIndex({ database, clock: systemClock });
      const ms = await processorMs(async () => {
        while (await step());
      });
      const progress = store.selectFrom('search_progress').select('up_to');
      return { jobs: (await progress.executeTakeFirstOrThrow()).up_to, ms };
    },
    close,
  };
}

/** Unlike the time on the wall, it does not depend on who else uses the machine. */
async function processorMs(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
