import type { Database } from '../../database/connect.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Sealer } from '../sealing.js';
import type { Channel } from './channels.js';
import type { MessageShapes } from './message-shapes.js';
import type { Outlet } from './outlet.js';
import { createEnqueue } from './queue/enqueue.js';
import type { GroupCommitLimits } from './queue/group-commit.js';
import type { Persons } from './queue/persons.js';
import { createQueue, type Lost } from './queue/queue.js';
import { createWaiting } from './queue/sweep.js';
import { type Admission, type AdmittedCode, createAdmission } from './worker/admission.js';
import { createBacklog } from './worker/backlog.js';
import { createPace } from './worker/pace.js';
import { createPlace, type Place } from './worker/place.js';
import { createReceiptLog } from './worker/receipt-log.js';
import type { StoreHealth } from './worker/store-health.js';
import { createWorker } from './worker/worker.js';

/** The way of a job through one channel: admission, queue, worker. Lanes are independent of each other. */
export interface Lane extends Pick<Admission, 'obstacle' | 'projectedWaitMs' | 'refusal'> {
  channel: Pick<Channel, 'name' | 'reaches' | 'costs'>;
  /** Resolves with a place for a code that would arrive in time, or rejects with an `AppError` (503). */
  reserve(recipient: string, code: AdmittedCode): Promise<Place>;
  /** As the outlet has them. */
  isCold: Outlet['isCold'];
  isSilent: Outlet['isSilent'];
  coldAllowance: Outlet['coldAllowance'];
  /** Brings back abandoned jobs. Returns how many. */
  recover(lost: Lost): Promise<number>;
  /** Ends jobs that wait for recipients who cannot be written to in time. Returns how many. */
  endShutOut(): Promise<number>;
  /** Like `Waiting.release`, and wakes the worker. */
  release(): Promise<void>;
  /** Corrects what admission believes about the queue. */
  recount(): Promise<void>;
  start(): void;
  wake(): void;
  heartbeat(): Promise<void>;
  /** Takes nothing new and waits for the send in hand, `boundMs` at the most. */
  stop(boundMs: number): Promise<void>;
}

/** What all lanes share. */
export interface LaneDeps {
  database: Database;
  clock: Clock;
  log: Log;
  account: string;
  /** Identifies this process in leases. */
  owner: string;
  bodySealer: Sealer;
  codeHash: (code: string) => string;
  shapes: Pick<MessageShapes, 'idOf' | 'idIn' | 'keep'>;
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  health: StoreHealth;
  /** Since when an operator has paused everything, or null. */
  pausedAt(): number | null;
  onChanged(): void;
  maxWaitMs: number;
  pollingIntervalMs: number;
  random?: (min: number, max: number) => number;
  commitLimits?: GroupCommitLimits;
}

export function createLane(channel: Channel, deps: LaneDeps): Lane {
  const { database, clock, log, health, onChanged, pausedAt, maxWaitMs, pollingIntervalMs } = deps;
  const { store } = database;
  const { outlet, rules } = channel;
  const { ttlMs, maxAttempts, maxWrites } = rules;
  const common = { store, clock, account: deps.account, channel: channel.name, ttlMs };
  const { bodySealer, owner } = deps;
  const backlog = createBacklog();
  const pace = createPace({
    clock,
    minDelayMs: rules.minSendDelayMs,
    maxDelayMs: rules.maxSendDelayMs,
    ...(deps.random && { random: deps.random }),
  });
  const admission = createAdmission({ outlet, pausedAt, pace, backlog, clock, ttlMs, maxWaitMs });
  const { sender, tracksRecipients } = channel;
  const queue = createQueue({
    ...common,
    database,
    owner,
    sender,
    maxAttempts,
    maxWrites,
    tracksRecipients,
    bodySealer,
  });
  const worker = createWorker({
    queue,
    outlet,
    pace,
    backlog,
    isPaused: () => pausedAt() !== null,
    onChanged,
    clock,
    log,
    ttlMs,
    ...(rules.onceOnly && { onceOnly: true }),
    pollingIntervalMs,
  });
  const receipts = createReceiptLog({ store, clock, log, tracksRecipients, onStored: onChanged });
  const waiting = createWaiting(common);
  const incoming = createEnqueue({
    ...common,
    bodySealer,
    codeHash: deps.codeHash,
    shapes: deps.shapes,
    persons: deps.persons,
    tracksRecipients,
    newMessageId: channel.newMessageId,
    ...(deps.commitLimits && { limits: deps.commitLimits }),
    onCommitted(created, superseded) {
      backlog.committed(created, superseded);
      // After the answers: with a claim before them, their time would reveal who gets a message and who does not.
      setImmediate(worker.wake);
      onChanged();
      // A job that waits for the end of a restriction does not hold up others.
      if (outlet.warmOnly()) recount().catch(() => {});
    },
  });
  const unsubscribe: (() => void)[] = [];
  let shutOutUntil: number | null = null;

  async function recount(): Promise<void> {
    const all = await waiting.count(false);
    const warm = outlet.warmOnly() ? await waiting.count(true) : all;
    backlog.recounted(warm, Math.max(0, all - warm));
  }

  async function endShutOut(): Promise<number> {
    const until = outlet.shutOutUntil();
    if (until === null) return 0;
    return await waiting.failCold(Number.isFinite(until) ? until : null);
  }

  /** Whoever waits for nothing is told at once, and may be reached another way. */
  function followOutlet(): void {
    worker.wake();
    const until = outlet.shutOutUntil();
    const isNews = until !== null && until !== shutOutUntil;
    shutOutUntil = until;
    if (!isNews) return;
    endShutOut().then(
      (ended) => ended > 0 && onChanged(),
      (error: unknown) => log.error('jobs that wait for nothing could not be ended yet', { error }),
    );
  }

  /** Who can be written to now does not wait for the end of a restriction. */
  async function hasten(recipients: string[], haveWritten: boolean): Promise<void> {
    try {
      if ((await waiting.hasten(recipients, haveWritten)) > 0) worker.wake();
    } catch (error) {
      log.error('jobs of people who can be written to now could not be made due', { error });
    }
  }

  return {
    channel,
    obstacle: admission.obstacle,
    projectedWaitMs: admission.projectedWaitMs,
    refusal: admission.refusal,
    isCold: outlet.isCold,
    isSilent: outlet.isSilent,
    coldAllowance: outlet.coldAllowance,
    recover: queue.recover,
    recount,
    wake: worker.wake,
    heartbeat: worker.heartbeat,

    async reserve(recipient, code) {
      const waitMs = await admission.admit(recipient, code);
      const counted = await channel.allowance?.count().catch((error: unknown) => {
        backlog.released();
        throw error;
      });
      return createPlace({ waitMs, backlog, incoming, health, ...(counted && { counted }) });
    },

    endShutOut,

    async release() {
      if ((await waiting.release()) > 0) worker.wake();
    },

    start() {
      unsubscribe.push(
        outlet.onChange(followOutlet),
        outlet.onReachable((recipients, haveWritten) => void hasten(recipients, haveWritten)),
        outlet.onReceipt((receipt) => {
          if (!worker.awaits(receipt)) receipts.note(receipt);
        }),
      );
      worker.start();
    },

    async stop(boundMs) {
      await worker.stop(boundMs);
      await incoming.idle();
      for (const stop of unsubscribe) stop();
      await receipts.stop();
    },
  };
}
