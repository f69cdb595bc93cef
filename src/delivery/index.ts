import type { Database } from '../../database/connect.js';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { KeyedHash, Sealer } from '../sealing.js';
import { type Changes, createChanges } from './changes.js';
import type { Channel } from './channels.js';
import { createLane, type Lane, type LaneDeps } from './lane.js';
import { createMessageShapes } from './message-shapes.js';
import { createCounters } from './operators/counters.js';
import { createJobs, type Jobs } from './operators/jobs.js';
import { createStats, type Stats } from './operators/stats.js';
import {
  type ChannelSwitch,
  createChannelPause,
  createQueueControl,
  type QueueControl,
  switchOf,
} from './pause.js';
import { createOwners } from './queue/owners.js';
import { createPersons, type Persons } from './queue/persons.js';
import { createSweep } from './queue/sweep.js';
import { createJobSearch } from './search/search.js';
import { createSearchIndex } from './search/search-index.js';
import { createUpkeep } from './upkeep.js';
import { createStoreHealth } from './worker/store-health.js';
import { createWalCutter } from './worker/wal-cutter.js';

/** The queue and its lanes: from a requested code to the fate of its message. */
export interface Delivery extends Pick<Lane, 'obstacle' | 'projectedWaitMs' | 'coldAllowance'> {
  /** By the name of the channel, in the order of the channels; what else is a lane's is that of the first. */
  lanes: ReadonlyMap<
    string,
    Pick<Lane, 'channel' | 'reserve' | 'isCold' | 'isSilent' | 'coldAllowance' | 'refusal' | 'wake'>
  >;
  jobs: Jobs;
  /** Which numbers are one person; accurate once `start` has resolved. */
  persons: Persons;
  stats: Stats;
  control: QueueControl;
  /** In their order. */
  switches: ChannelSwitch[];
  /** Notifies when something about a job, or the pause, has changed. */
  changes: Changes;
  /** The last attempt to store a job failed. */
  storeFailing(): boolean;
  /** Only to be called by the process that holds the lock on the database. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface DeliverySettings {
  account: string;
  ttlMs: number;
  maxWaitMs: number;
  pollingIntervalMs: number;
}

/** How long a shutdown waits for the send in hand. */
const STOP_BOUND_MS = 4_000;

export function createDelivery(
  deps: {
    database: Database;
    /** At least one. */
    channels: Channel[];
    clock: Clock;
    log: Log;
    bodySealer: Sealer;
    codeHash: KeyedHash;
    settings: DeliverySettings;
    /** `commitLimits`: how requests share commits; the benchmark compares with one commit per request. */
  } & Pick<LaneDeps, 'random' | 'commitLimits'>,
): Delivery {
  const { database, channels, clock, log, settings } = deps;
  const { store } = database;
  const { account, ttlMs } = settings;
  const changes = createChanges();
  const counters = createCounters({ database, clock });
  // Every shape contains a dot and no code does, so one keyed hash serves both.
  const shapes = createMessageShapes({ store, sealer: deps.bodySealer, hash: deps.codeHash });
  const persons = createPersons({ store });
  const owners = createOwners({ store, clock });
  const health = createStoreHealth();
  const pause = createQueueControl({ store, clock, account, onChanged: changes.notify });
  const shared = {
    ...deps,
    ...settings,
    owner: owners.me,
    shapes,
    persons,
    health,
    onChanged: changes.notify,
  };
  const pauses = channels.map((each) =>
    createChannelPause(each, { store, clock, account, onChanged: changes.notify }),
  );
  const lanes = new Map<string, Lane>();
  const switches = pauses.map((own) => {
    const { channel } = own;
    const lane = createLane(channel, { ...shared, pausedAt: () => own.pausedAt() ?? pause.pausedAt() });
    lanes.set(channel.name, lane);
    return switchOf(own, lane);
  });
  const [first] = lanes.values();
  if (!first) throw new Error('There is no channel to send through.');
  const upkeep = createUpkeep({
    lanes: lanes.values(),
    sweep: createSweep({ store, clock, account, ttlMs }),
    cutWal: createWalCutter(database, clock),
    health,
    counters,
    searchIndex: createSearchIndex({ database, clock }),
    changes,
    clock,
    log,
  });

  function wake(): void {
    for (const lane of lanes.values()) lane.wake();
  }

  /** Brings back what earlier processes had in hand. */
  async function recover(): Promise<void> {
    const ended = await owners.takeOver();
    let recovered = 0;
    for (const lane of lanes.values()) {
      recovered += await lane.recover({ why: 'owner_ended', owners: ended });
    }
    await owners.forget(ended);
    if (recovered > 0) log.info('jobs of an earlier run are back in the queue', { count: recovered });
  }

  return {
    obstacle: first.obstacle,
    projectedWaitMs: first.projectedWaitMs,
    coldAllowance: first.coldAllowance,
    lanes,
    jobs: createJobs({
      store,
      clock,
      ttlMs,
      counters,
      shapes,
      search: createJobSearch({ database, shapes, codeHash: deps.codeHash }),
      onRetried() {
        wake();
        changes.notify();
      },
      onDeleted: changes.notify,
    }),
    persons,
    stats: createStats({ store, counters, clock, projectedWaitMs: first.projectedWaitMs }),
    control: {
      ...pause,
      async resume() {
        const wasPaused = await pause.resume();
        wake();
        return wasPaused;
      },
    },
    switches,
    changes,
    storeFailing: health.failing,

    async start() {
      await pause.load();
      for (const each of pauses) await each.load();
      await persons.load();
      await recover();
      await upkeep.tidy();
      for (const lane of lanes.values()) lane.start();
      upkeep.start();
    },

    async stop() {
      upkeep.stop();
      await Promise.all([...lanes.values()].map((lane) => lane.stop(STOP_BOUND_MS)));
    },
  };
}
