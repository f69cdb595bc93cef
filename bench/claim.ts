import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { better, defineQueue, defineWorker } from 'plainjob';
import { openDatabase } from '../database/connect.js';
import { newMessageId } from '../src/channels/whatsapp/socket/message-id.js';
import { systemClock } from '../src/clock.js';
import { createMessageShapes } from '../src/delivery/message-shapes.js';
import { createEnqueue } from '../src/delivery/queue/enqueue.js';
import { createPersons } from '../src/delivery/queue/persons.js';
import { createQueue } from '../src/delivery/queue/queue.js';
import { createKeyedHash, createSealer } from '../src/sealing.js';
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
  const { file, remove } = scratch();
  const database = await openDatabase({ kind: 'sqlite', filename: file });
  fillWithFinished(file, history);
  const key = 'ab'.repeat(32);
  const common = { store: database.store, clock: systemClock, account: 'default', channel: 'whatsapp' };
  const bodySealer = createSealer(key, 'job-body');
  const codeHash = createKeyedHash(key, 'code');
  const incoming = createEnqueue({
    ...common,
    bodySealer,
    codeHash,
    shapes: createMessageShapes({ store: database.store, sealer: bodySealer, hash: codeHash }),
    persons: createPersons({ store: database.store }),
    newMessageId,
    onCommitted: () => {},
  });
  const queue = createQueue({
    ...common,
    database,
    owner: 'bench',
    sender: 'default',
    ttlMs: 300_000,
    maxAttempts: 5,
    tracksRecipients: true,
    maxWrites: 3,
    bodySealer,
  });
  let next = 0;
  return {
    async rate() {
      await Promise.all(
        Array.from({ length: JOBS }, () =>
          incoming.enqueue({
            caller: 'env',
            purpose: 'bench',
            recipient: `+2010${10_000_000 + next++}`,
            code: '1234',
            text: 'Your code is 1234.',
            shape: 'Your code is ••••.',
            expiresAt: Date.now() + 300_000,
            idempotency: null,
            silent: false,
          }),
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
    async close() {
      await database.close();
      remove();
    },
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
  const { file, remove } = scratch();
  const direct = new Sqlite(file);
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

function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'otp-bench-'));
  return { file: join(folder, 'app.db'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
