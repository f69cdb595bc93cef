import type { Store } from '../../database/schema.js';
import type { Clock, Timer } from '../clock.js';
import type { Log } from '../log.js';
import type { Alarms } from './alarms.js';
import { addToFlood, floodCounts } from './flood-counts.js';
import { createFloodLines, type From } from './flood-lines.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SHORT = { ms: 10 * MINUTE_MS, words: 'ten minutes' };
const LONG = { ms: 60 * MINUTE_MS, words: 'an hour' };

/** What strangers try in great numbers, and from how much of it on somebody is told. */
const FLOODS = {
  passwords: { what: 'wrong passwords', most: 100, within: SHORT },
  codes: { what: 'wrong codes', most: 50, within: SHORT },
  checks: { what: 'wrong checks of verifications', most: 50, within: SHORT },
  keys: { what: 'wrong API keys', most: 20, within: SHORT },
  logIns: { what: 'wrong log-ins to the dashboard', most: 10, within: LONG },
} as const satisfies Record<string, { what: string; most: number; within: typeof SHORT }>;

export type Flood = keyof typeof FLOODS;

/** Wrong passwords, codes, checks and keys: seen in the log and on the dashboard, and an alarm when there are many. */
export interface Floods {
  /** Somebody was wrong, or was refused because of having been wrong too often. Never throws. */
  note(flood: Flood, from: From): void;
  /** How many of each there were in the last 24 hours, over all processes. */
  lastDay(): Promise<Record<Flood, number>>;
  /** Resolves when all is stored, or cannot be. */
  close(): Promise<void>;
}

/** Counted together: a stranger who is quick does not make the database busy. */
const GATHERED_MS = 1_000;

export function createFloods(deps: { store: Store; clock: Clock; log: Log; alarms: Alarms }): Floods {
  const { store, clock, alarms } = deps;
  const lines = createFloodLines(deps);
  let gathered = new Map<Flood, number>();
  let timer: Timer | null = null;
  let storing: Promise<void> = Promise.resolve();

  function storeSoon(): void {
    timer ??= clock.after(GATHERED_MS, storeNow);
  }

  function storeNow(): Promise<void> {
    timer?.cancel();
    timer = null;
    const counted = gathered;
    gathered = new Map();
    storing = storing.then(async () => {
      for (const [flood, times] of counted) await count(flood, times);
    });
    return storing;
  }

  async function count(flood: Flood, times: number): Promise<void> {
    try {
      await addToFlood(store, flood, times, clock.now());
    } catch {
      // The lines of the log are there; the figures are for later.
      gathered.set(flood, (gathered.get(flood) ?? 0) + times);
      return;
    }
    const { most, within } = FLOODS[flood];
    // Counted already: without an answer the next one raises the alarm.
    const recent = await floodCounts(store, within.ms, clock.now()).catch(() => null);
    if ((recent?.get(flood) ?? 0) > most) await alarms.raise(alarmOf(flood));
  }

  return {
    note(flood, from) {
      lines.note(FLOODS[flood].what, from);
      gathered.set(flood, (gathered.get(flood) ?? 0) + 1);
      storeSoon();
    },

    async lastDay() {
      await storeNow();
      const counts = await floodCounts(store, DAY_MS, clock.now());
      const { passwords = 0, codes = 0, checks = 0, keys = 0, logIns = 0 } = Object.fromEntries(counts);
      return { passwords, codes, checks, keys, logIns };
    },

    close: storeNow,
  };
}

function alarmOf(flood: Flood) {
  const { what, most, within } = FLOODS[flood];
  return {
    kind: what,
    text: `More than ${most} ${what} in ${within.words}. The log says from where, and the Status page how many.`,
    everyMs: within.ms,
  };
}
