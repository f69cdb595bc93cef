import { type Clock, sleep, type Timer, watchSteps } from '../clock.js';
import type { Log } from '../log.js';
import type { Changes } from './changes.js';
import type { Lane } from './lane.js';
import { LEASE_MS } from './margins.js';
import type { Counters } from './operators/counters.js';
import type { Sweep } from './queue/sweep.js';
import type { SearchIndex } from './search/search-index.js';
import type { StoreHealth } from './worker/store-health.js';

/** The recurring work of the queue. */
export interface Upkeep {
  /** Puts the queue in order once; `start` keeps doing it. */
  tidy(): Promise<void>;
  start(): void;
  stop(): void;
}

/** Codes are wiped within this time after they expire, plus the time of the wipe itself. */
const SWEEP_INTERVAL_MS = 2_000;
/** How often the search index is brought up to date, pausing for the queue while there is much to index. */
const INDEX_INTERVAL_MS = 1_000;
const INDEX_PAUSE_MS = 100;
/** In between, readers add up what is not summed up yet. */
const FOLD_INTERVAL_MS = 5_000;
const PRUNE_INTERVAL_MS = 600_000;

export function createUpkeep(deps: {
  lanes: Iterable<Lane>;
  sweep: Sweep;
  cutWal(wiped: number): Promise<void>;
  health: StoreHealth;
  counters: Counters;
  searchIndex: SearchIndex;
  changes: Pick<Changes, 'notify'>;
  clock: Clock;
  log: Log;
}): Upkeep {
  const { sweep, health, counters, searchIndex, changes, clock, log } = deps;
  const lanes = [...deps.lanes];
  const timers = new Map<string, Timer>();
  const movedMs = watchSteps(clock);
  let mayLieAhead = true;
  let stopped = false;

  async function tidy(): Promise<void> {
    try {
      await sweepAll();
    } catch (error) {
      health.note(false);
      throw error;
    }
  }

  async function sweepAll(): Promise<void> {
    if ((await sweep.expire()) > 0) changes.notify();
    await deps.cutWal(await sweep.wipe());
    await followClock();
    if (health.failing()) {
      await sweep.probe();
      health.note(true);
    }
    for (const lane of lanes) if ((await lane.endShutOut()) > 0) changes.notify();
    for (const lane of lanes) await lane.recount();
  }

  /** Also runs with the first sweep: an earlier run may have had a different time of day. */
  async function followClock(): Promise<void> {
    mayLieAhead ||= movedMs() < 0;
    if (!mayLieAhead) return;
    if ((await sweep.endAhead()) > 0) changes.notify();
    for (const lane of lanes) await lane.release();
    mayLieAhead = false;
  }

  async function indexAll(): Promise<void> {
    while (!stopped && (await searchIndex.step())) {
      changes.notify();
      await sleep(clock, INDEX_PAUSE_MS);
    }
  }

  async function keepLeases(): Promise<void> {
    for (const lane of lanes) await lane.heartbeat();
    for (const lane of lanes) {
      if ((await lane.recover({ why: 'lapsed' })) === 0) continue;
      lane.wake();
      changes.notify();
    }
  }

  /** Runs it again and again, `ms` after each run has ended. */
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
    tidy,
    start() {
      repeat('the sweep', SWEEP_INTERVAL_MS, tidy);
      repeat('the search index', INDEX_INTERVAL_MS, indexAll);
      repeat('the sums of the counters', FOLD_INTERVAL_MS, counters.fold);
      repeat('the pruning of the counters', PRUNE_INTERVAL_MS, counters.prune);
      repeat('the heartbeat', LEASE_MS / 4, keepLeases);
    },
    stop() {
      stopped = true;
      for (const timer of timers.values()) timer.cancel();
    },
  };
}
