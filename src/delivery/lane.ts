import type { Database } from '../../database/connect.js';
import type { ChannelName, Receipt } from '../channels/channel.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Sealer } from '../sealing.js';
import type { MessageShapes } from './message-shapes.js';
import type { Outlet } from './outlet.js';
import { createEnqueue, type Enqueue } from './queue/enqueue.js';
import type { GroupCommitLimits } from './queue/group-commit.js';
import type { Persons } from './queue/persons.js';
import { createQueue } from './queue/queue.js';
import { createSweep } from './queue/sweep.js';
import { type Admission, createAdmission } from './worker/admission.js';
import { createBacklog } from './worker/backlog.js';
import { createPace } from './worker/pace.js';
import { createWorker } from './worker/worker.js';

/** The way of a job through one channel: admission, queue, worker. Lanes do not wait for each other. */
export interface Lane extends Admission, Pick<Enqueue, 'enqueue' | 'enqueueIn'> {
  /** An admitted job that was to join a transaction was not stored after all. */
  drop(): void;
  /** Brings back what a dead process held (`all`), or what a lost lease holds. Returns how many. */
  recover(which: 'all' | 'lapsed'): Promise<number>;
  /** Ends the waiting jobs that the outlet will not take while they live. Returns how many. */
  failShutOut(until: number | null): Promise<number>;
  /** As `Sweep.release`. */
  release(): Promise<number>;
  /** Corrects what admission believes about the queue. */
  recount(): Promise<void>;
  start(): void;
  wake(): void;
  awaits(receipt: Receipt): boolean;
  heartbeat(): Promise<void>;
  stop(boundMs: number): Promise<void>;
}

export interface LaneRules {
  /** The shortest life of a code; margins and patience follow from it. */
  ttlMs: number;
  maxWaitMs: number;
  minSendDelayMs: number;
  maxSendDelayMs: number;
  pollingIntervalMs: number;
  maxAttempts: number;
  mostWrites: number;
}

export function createLane(deps: {
  database: Database;
  clock: Clock;
  log: Log;
  account: string;
  channel: ChannelName;
  newMessageId(): string;
  outlet: Outlet;
  /** Names this process in leases. */
  owner: string;
  bodySealer: Sealer;
  codeHash: (code: string) => string;
  shapes: Pick<MessageShapes, 'idOf' | 'idIn' | 'keep'>;
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  /** Since when an operator holds everything, or null. */
  pausedAt(): number | null;
  onChanged(): void;
  rules: LaneRules;
  random?: (min: number, max: number) => number;
  commitLimits?: GroupCommitLimits;
}): Lane {
  const { database, outlet, clock, rules, onChanged } = deps;
  const { store } = database;
  const common = { store, clock, account: deps.account, channel: deps.channel, ttlMs: rules.ttlMs };
  const backlog = createBacklog();
  const pace = createPace({
    clock,
    minDelayMs: rules.minSendDelayMs,
    maxDelayMs: rules.maxSendDelayMs,
    ...(deps.random && { random: deps.random }),
  });
  const queue = createQueue({
    ...common,
    database,
    owner: deps.owner,
    maxAttempts: rules.maxAttempts,
    mostWrites: rules.mostWrites,
    bodySealer: deps.bodySealer,
  });
  const worker = createWorker({
    queue,
    outlet,
    pace,
    backlog,
    isPaused: () => deps.pausedAt() !== null,
    onChanged,
    clock,
    log: deps.log,
    ttlMs: rules.ttlMs,
    pollingIntervalMs: rules.pollingIntervalMs,
  });
  const sweep = createSweep(common);
  const recount = async () => {
    const all = await sweep.countWaiting(false);
    const warm = outlet.warmOnly() ? await sweep.countWaiting(true) : all;
    backlog.recounted(warm, Math.max(0, all - warm));
  };
  const incoming = createEnqueue({
    ...common,
    newMessageId: deps.newMessageId,
    bodySealer: deps.bodySealer,
    codeHash: deps.codeHash,
    shapes: deps.shapes,
    persons: deps.persons,
    ...(deps.commitLimits && { limits: deps.commitLimits }),
    onCommitted(created, superseded) {
      backlog.committed(created, superseded);
      // After the answers: a claim before them would tell by the time who gets a message and who does not.
      setImmediate(worker.wake);
      onChanged();
      // A recipient that waits for the end of a restriction is in nobody's way.
      if (outlet.warmOnly()) recount().catch(() => {});
    },
  });

  return {
    ...createAdmission({ ...rules, outlet, pausedAt: deps.pausedAt, pace, backlog, clock }),
    recount,
    recover: queue.recover,
    failShutOut: sweep.failCold,
    release: sweep.release,
    start: worker.start,
    wake: worker.wake,
    awaits: worker.awaits,
    heartbeat: worker.heartbeat,

    async enqueue(job) {
      try {
        const result = await incoming.enqueue(job);
        if (result.kind !== 'created') backlog.dropped();
        return result;
      } catch (error) {
        backlog.dropped();
        throw error;
      }
    },

    async enqueueIn(trx, job) {
      const joined = await incoming.enqueueIn(trx, job);
      return {
        jobId: joined.jobId,
        committed() {
          joined.committed();
          if (joined.jobId === null) backlog.dropped();
        },
      };
    },

    drop: backlog.dropped,

    async stop(boundMs) {
      await worker.stop(boundMs);
      await incoming.idle();
    },
  };
}
