import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { better, defineQueue, defineWorker } from 'plainjob';
import { systemClock } from '../src/clock.js';
import { newJob } from '../test/support/delivery.js';
import { openQueue } from '../test/support/queue.js';
import { newScratchFolder, openScratch } from './scratch.js';
import { atLeast, type Finding, median, seconds } from './support.js';

const JOBS = 3_000;
const ROUNDS = 7;
const ALL = { warmOnly: false, resends: true };

/** Claim and complete, one job at a time, every commit with fsync: with little and much history, and beside plainjob. */
export async function benchClaim(): Promise<Finding[]> {
  const small = await ourQueue(1_000);
  const large = await ourQueue(1_000_000);
  const other = plainjob(1_000);
  const rates: Record<'small' | 'large' | 'other', number[]> = { small: [], large: [], other: [] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.small.push(await small.rate());
    rates.other.push(await other.rate());
    rates.large.push(await large.rate());
  }
  for (const each of [small, large, other]) await each.close();
  const ratio = (a: number[], b: number[]) =>
    median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
  const perSecond = median(rates.small).toFixed(0);
  return [
    atLeast(
      `claim+complete (${perSecond}/s): 1 M finished rows / 1 k`,
      ratio(rates.large, rates.small),
      0.75,
    ),
    atLeast('claim+complete: this queue / plainjob at FULL', ratio(rates.small, rates.other), 0.6),
  ];
}

async function ourQueue(history: number) {
  const { database, file, close } = await openScratch();
  fillWithFinished(file, history);
  const { incoming, queueOf } = openQueue({ database, clock: systemClock, maxAttempts: 5 });
  const queue = queueOf('bench');
  let next = 0;
  return {
    async rate() {
      await Promise.all(
        Array.from({ length: JOBS }, () =>
          incoming.enqueue(newJob(`+2010${10_000_000 + next++}`, Date.now() + 300_000)),
        ),
      );
      let done = 0;
      const taken = await seconds(async () => {
        for (let job = await queue.claim(ALL); job; done++) {
          job = await queue.complete(job, { kind: 'accepted', at: Date.now() }, ALL);
        }
      });
      return done / taken;
    },
    close,
  };
}

function fillWithFinished(file: string, rows: number): void {
  const direct = new Sqlite(file);
  direct
    .prepare(
      `INSERT INTO jobs (account, channel, purpose, recipient, message_id, code_hash, status, attempts, writes, run_at,
         created_at, claimed_at, sent_at, delivered_at, finished_at, expires_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT 'default', 'whatsapp', 'gateway', '+2011' || (10000000 + i), hex(randomblob(11)), hex(randomblob(32)), 'sent',
         0, 1, i, i, i, i, i, i, i + 300000 FROM n`,
    )
    .run(rows);
  direct.pragma('wal_checkpoint(TRUNCATE)');
  direct.close();
}

function plainjob(history: number) {
  const { folder, remove } = newScratchFolder();
  const direct = new Sqlite(join(folder, 'app.db'));
  const connection = better(direct);
  const silent = { error() {}, warn() {}, info() {}, debug() {} };
  const queue = defineQueue({ connection, logger: silent });
  direct.pragma('synchronous = FULL');
  queue.addMany(
    'old',
    Array.from({ length: history }, () => ({})),
  );
  direct.exec('UPDATE plainjob_jobs SET status = 2');
  return {
    async rate() {
      queue.addMany(
        'bench',
        Array.from({ length: JOBS }, () => ({ to: '+201001234567', text: 'Your code is 1234.' })),
      );
      let done = 0;
      const taken = await seconds(async () => {
        let finished: () => void = () => {};
        const all = new Promise<void>((resolve) => {
          finished = resolve;
        });
        const onCompleted = () => void (++done === JOBS && finished());
        const worker = defineWorker('bench', async () => {}, { queue, logger: silent, onCompleted });
        void worker.start();
        await all;
        void worker.stop();
      });
      return done / taken;
    },
    async close() {
      queue.close();
      remove();
    },
  };
}
