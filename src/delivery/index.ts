import type { Database } from '../../database/connect.js';
import type { ChannelName } from '../channels/channel.js';
import type { EmailChannel } from '../channels/email/index.js';
import type { Sender } from '../channels/sender.js';
import { type Clock, sleep, type Timer, watchSteps } from '../clock.js';
import { AppError } from '../errors.js';
import type { Log } from '../log.js';
import type { Sealer } from '../sealing.js';
import { type Changes, createChanges } from './changes.js';
import { createLanes } from './lanes.js';
import { createMessageShapes } from './message-shapes.js';
import { createCounters } from './operators/counters.js';
import { createJobs, type Jobs } from './operators/jobs.js';
import { createStats, type Stats } from './operators/stats.js';
import { createQueueControl, type QueueControl } from './pause.js';
import type { Enqueue } from './queue/enqueue.js';
import type { GroupCommitLimits } from './queue/group-commit.js';
import { createPersons, type Persons } from './queue/persons.js';
import { LEASE_MS } from './queue/queue.js';
import { createReceipts } from './queue/receipts.js';
import { createSweep } from './queue/sweep.js';
import { createJobSearch } from './search/search.js';
import { createSearchIndex } from './search/search-index.js';
import type { Admission, AdmittedCode } from './worker/admission.js';

/** The queue and its lanes: from an admitted code to what became of its message. */
export interface Delivery
  extends Pick<Admission, 'obstacle' | 'projectedWaitMs'>,
    Pick<Enqueue, 'enqueue' | 'enqueueIn'> {
  /** As `Admission.admit`, over WhatsApp when nothing else is said; email_unavailable without a mail server. */
  admit(recipient: string, code?: AdmittedCode & { channel?: ChannelName }): Promise<number | null>;
  /** An admitted job that was to join a transaction was not stored after all. */
  drop(channel: ChannelName): void;
  jobs: Jobs;
  /** Which numbers are one person; right once `start` has resolved. */
  persons: Persons;
  stats: Stats;
  control: QueueControl;
  /** Tells when something about a job, or the pause, has changed. */
  changes: Pick<Changes, 'subscribe'>;
  /** The last attempt to store a job failed. */
  storeFailing(): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface DeliverySettings {
  account: string;
  ttlMs: number;
  maxWaitMs: number;
  pollingIntervalMs: number;
  minSendDelayMs: number;
  maxSendDelayMs: number;
}

/** Codes are wiped within this time of their expiry, plus what the wipe takes. */
const SWEEP_INTERVAL_MS = 2_000;
/** The search index is brought up to date this often, with pauses for the queue while there is much to take in. */
const INDEX_INTERVAL_MS = 1_000;
const INDEX_PAUSE_MS = 100;
/** Readers add up what was not summed up yet. */
const FOLD_INTERVAL_MS = 5_000;
const PRUNE_INTERVAL_MS = 600_000;
const MAIL_TROUBLE_LOG_MS = 60_000;
/** How long a shutdown waits for the send in hand. */
const STOP_BOUND_MS = 4_000;

export function createDelivery(deps: {
  database: Database;
  sender: Sender;
  /** Absent or null: no mail server is configured. */
  email?: EmailChannel | null;
  clock: Clock;
  log: Log;
  bodySealer: Sealer;
  codeHash: (code: string) => string;
  settings: DeliverySettings;
  random?: (min: number, max: number) => number;
  /** How requests share commits; the benchmark compares with one commit a request. */
  commitLimits?: GroupCommitLimits;
}): Delivery {
  const { database, sender, clock, log, settings } = deps;
  const { store } = database;
  const common = { store, clock, account: settings.account, channel: 'whatsapp', ttlMs: settings.ttlMs };
  const changes = createChanges();
  const counters = createCounters({ database, clock });
  // No code holds a dot, and every shape does: one keyed hash serves both.
  const shapes = createMessageShapes({ store, sealer: deps.bodySealer, hash: deps.codeHash });
  const persons = createPersons({ store });
  const searchIndex = createSearchIndex({ database, clock });
  const sweep = createSweep(common);
  const receipts = createReceipts({ store, clock, log, onStored: changes.notify });
  const control = createQueueControl({
    ...common,
    onResumed: () => lanes.wake(),
    onChanged: changes.notify,
  });
  const lanes = createLanes({
    ...deps,
    email: deps.email ?? null,
    pausedAt: control.pausedAt,
    onChanged: changes.notify,
    shapes,
    persons,
  });
  const { whatsapp } = lanes;
  let storeFailing = false;
  const movedMs = watchSteps(clock);
  let mayLieAhead = true;
  let mailTroubleLoggedAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  const unsubscribe: (() => void)[] = [];
  const timers = new Map<string, Timer>();

  async function sweepAll(): Promise<void> {
    if ((await sweep.expire()) > 0) changes.notify();
    await sweep.wipe();
    await followClock();
    if (storeFailing) await sweep.probe();
    const status = sender.status();
    const isRestricted = status.state === 'RESTRICTED';
    if (isRestricted && (await whatsapp.failShutOut(status.restrictedUntil)) > 0) changes.notify();
    await lanes.recount();
  }

  /** Looked at with the first sweep, too: an earlier run may have had another time of day. */
  async function followClock(): Promise<void> {
    mayLieAhead ||= movedMs() < 0;
    if (!mayLieAhead) return;
    if ((await sweep.endAhead()) > 0) changes.notify();
    await lanes.release();
    mayLieAhead = false;
  }

  async function noteFailure<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      storeFailing = false;
      return result;
    } catch (error) {
      storeFailing = true;
      throw error;
    }
  }

  /** Many may hear it in a minute; the log hears it once. */
  function logMailTrouble({ options }: AppError): void {
    if (clock.elapsed() - mailTroubleLoggedAt < MAIL_TROUBLE_LOG_MS) return;
    mailTroubleLoggedAt = clock.elapsed();
    log.error('a code could not go out by e-mail', { reason: options.cause });
  }

  /** Runs again `ms` after it has ended. */
  function repeat(name: string, ms: number, run: () => Promise<void>): void {
    if (stopped) return;
    const timer = clock.after(ms, () => {
      run()
        .catch((error: unknown) => log.error(`${name} failed`, { error }))
        .finally(() => repeat(name, ms, run));
    });
    timers.set(name, timer);
  }

  return {
    obstacle: whatsapp.obstacle,
    projectedWaitMs: whatsapp.projectedWaitMs,
    jobs: createJobs({
      ...common,
      counters,
      shapes,
      search: createJobSearch({ database, shapes, codeHash: deps.codeHash }),
      onRetried() {
        lanes.wake();
        changes.notify();
      },
      onDeleted: changes.notify,
    }),
    persons,
    stats: createStats({ store, counters, clock, projectedWaitMs: whatsapp.projectedWaitMs }),
    control,
    changes,
    storeFailing: () => storeFailing,

    async admit(recipient, { channel = 'whatsapp', ...code } = {}) {
      try {
        return await lanes[channel].admit(recipient, code);
      } catch (error) {
        if (error instanceof AppError && error.code === 'email_unavailable') logMailTrouble(error);
        throw error;
      }
    },

    enqueue: (job) => noteFailure(lanes[job.channel ?? 'whatsapp'].enqueue(job)),
    enqueueIn: (trx, job) =>
      lanes[job.channel ?? 'whatsapp'].enqueueIn(trx, job).catch((error: unknown) => {
        storeFailing = true;
        throw error;
      }),

    drop: (channel) => lanes[channel].drop(),

    async start() {
      await control.load();
      await persons.load();
      const recovered = await lanes.recover('all');
      if (recovered > 0) log.info('jobs of an earlier run are back in the queue', { count: recovered });
      await noteFailure(sweepAll());
      unsubscribe.push(
        sender.onStatus(() => whatsapp.wake()),
        deps.email?.onTrouble(() => lanes.email.wake()) ?? (() => {}),
        sender.onReceipt((receipt) => {
          if (!whatsapp.awaits(receipt)) receipts.note(receipt);
        }),
      );
      lanes.start();
      repeat('the sweep', SWEEP_INTERVAL_MS, () => noteFailure(sweepAll()));
      repeat('the search index', INDEX_INTERVAL_MS, async () => {
        while (!stopped && (await searchIndex.step())) {
          changes.notify();
          await sleep(clock, INDEX_PAUSE_MS);
        }
      });
      repeat('the sums of the counters', FOLD_INTERVAL_MS, counters.fold);
      repeat('the pruning of the counters', PRUNE_INTERVAL_MS, counters.prune);
      repeat('the heartbeat', LEASE_MS / 4, async () => {
        await lanes.heartbeat();
        if ((await lanes.recover('lapsed')) === 0) return;
        lanes.wake();
        changes.notify();
      });
    },

    async stop() {
      stopped = true;
      for (const timer of timers.values()) timer.cancel();
      await lanes.stop(STOP_BOUND_MS);
      for (const stop of unsubscribe) stop();
      await receipts.stop();
    },
  };
}
