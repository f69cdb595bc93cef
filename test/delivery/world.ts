import type { Insertable } from 'kysely';
import type { Database } from '../../database/connect.js';
import type { JobStatus, Tables } from '../../database/schema.js';
import type { ClaimedJob, FailureReason } from '../../src/delivery/job.js';
import { createCounters } from '../../src/delivery/operators/counters.js';
import { createJobs, type JobFilter } from '../../src/delivery/operators/jobs.js';
import { createStats } from '../../src/delivery/operators/stats.js';
import type { NewJob } from '../../src/delivery/queue/new-job.js';
import { recordReceipt } from '../../src/delivery/queue/outcomes.js';
import { createSweep, createWaiting } from '../../src/delivery/queue/sweep.js';
import { createJobSearch, type JobSearch } from '../../src/delivery/search/search.js';
import { createTestClock } from '../support/clock.js';
import { newJob } from '../support/delivery.js';
import { openQueue } from '../support/queue.js';
import { reach } from '../support/reach.js';
import { codeHash } from '../support/secrets.js';

export const TTL_MS = 300_000;
export const EVERYTHING: JobFilter = { status: null, from: null, to: null, q: null };
const ALL = { warmOnly: false, resends: true };

/** The queue without a worker: jobs go through their lives step by step, as a test says. */
export function createWorld(database: Database, options: { search?: JobSearch } = {}) {
  const { store } = database;
  const clock = createTestClock();
  const calls: string[] = [];
  const committed: [created: number, superseded: number][] = [];
  const { common, shapes, persons, incoming, queueOf } = openQueue({
    database,
    clock,
    onCommitted: (...counts) => void committed.push(counts),
  });
  const queue = queueOf('me');
  const counters = createCounters({ database, clock });
  const jobs = createJobs({
    ...common,
    counters,
    shapes,
    search: options.search ?? createJobSearch({ database, shapes, codeHash }),
    onRetried: () => void calls.push('retried'),
    onDeleted: () => void calls.push('deleted'),
  });
  const stats = createStats({ store, counters, clock, projectedWaitMs: () => 7 });

  async function add(recipient = '+201001234567', change: Partial<NewJob> = {}): Promise<number> {
    const result = await incoming.enqueue(newJob(recipient, clock.now() + TTL_MS, change));
    if (result.kind !== 'created') throw new Error('duplicate');
    return result.jobId;
  }

  async function claim(): Promise<ClaimedJob> {
    const job = await queue.claim(ALL);
    if (!job) throw new Error('nothing claimed');
    await queue.beginWrite(job);
    return job;
  }

  return {
    store,
    clock,
    calls,
    /** What each commit of new jobs told of itself. */
    committed,
    counters,
    persons,
    jobs,
    stats,
    incoming,
    queue,
    queueOf,
    sweep: createSweep(common),
    waiting: createWaiting(common),
    add,
    claim,
    receipt: (job: ClaimedJob, kind: 'accepted' | 'delivered' | 'read', at = clock.now()) =>
      recordReceipt(store, { messageId: job.messageId, kind, at }, true),
    /** The sender may write to these people, for a day. */
    reach: (...recipients: string[]) => reach(store, clock.now(), ...recipients),
    fail: (job: ClaimedJob, reason: FailureReason = 'rejected_by_whatsapp') =>
      queue.complete(job, { kind: 'failed', reason }, null),

    /** A job that fails at once, with its code alive. No other job may wait. */
    async failed(recipient?: string): Promise<number> {
      const id = await add(recipient);
      const job = await claim();
      if (job.id !== id) throw new Error('another job was waiting');
      await queue.complete(job, { kind: 'failed', reason: 'rejected_by_whatsapp' }, null);
      return id;
    },

    /** Jobs of long ago, past the queue. Ids count from 1 in an empty table. */
    async fill(rows: { status: JobStatus; createdAt: number; recipient?: string }[]): Promise<void> {
      for (let at = 0; at < rows.length; at += 200) {
        const values = rows.slice(at, at + 200).map((row, index) => rowOf(row, at + index));
        await store.insertInto('jobs').values(values).execute();
      }
    },
  };
}

export type World = ReturnType<typeof createWorld>;

function rowOf(
  { status, createdAt, recipient }: { status: JobStatus; createdAt: number; recipient?: string },
  index: number,
): Insertable<Tables['jobs']> {
  const isOpen = status === 'pending' || status === 'processing';
  return {
    account: 'default',
    channel: 'whatsapp',
    purpose: 'gateway',
    recipient: recipient ?? `+2011${10_000_000 + index}`,
    message_id: `M${index}`,
    code_hash: 'hash',
    status,
    run_at: createdAt,
    created_at: createdAt,
    claimed_at: createdAt,
    sent_at: status === 'sent' ? createdAt : null,
    finished_at: isOpen ? null : createdAt,
    expires_at: createdAt + TTL_MS,
  };
}
