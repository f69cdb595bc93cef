import type { Store } from '../../database/schema.js';
import type { Clock, Timer } from '../clock.js';
import { readUsed } from '../limits/counts.js';
import type { Rules } from '../limits/rules.js';
import type { Log } from '../log.js';
import type { Alarm, Alarms } from './alarms.js';

/** Looks once a minute at what strangers use up, and raises an alarm before somebody has to do without. */
export interface Watch {
  start(): void;
  /** Resolves when nothing is under way. */
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Of the mails of an hour. */
const MAILS_PART = 0.8;
/** Messages of a day to people who have not written: about what a linked device may send before WhatsApp restricts it. */
const COLD_MESSAGES = 30;

/** @param deps.coldOfDay messages of the day (UTC) to people who have not written. */
export function createWatch(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  alarms: Alarms;
  rules: Rules;
  coldOfDay(): Promise<number>;
  /** Counts numbers that are not on WhatsApp; resolves with how many addresses are paused for them. */
  countMissed(): Promise<number>;
  /** What others look at, each with the alarms that are due. */
  looks: readonly (() => Promise<Alarm[]>)[];
}): Watch {
  const { store, clock, log, alarms, rules } = deps;
  let timer: Timer | null = null;
  let running: Promise<void> | null = null;
  let stopped = false;

  async function mails(): Promise<Alarm[]> {
    const { count } = rules.mails;
    const share = { name: 'mails', subject: 'all', rule: rules.mails };
    const [{ used } = { used: 0 }] = await readUsed(store, share, false, clock.now());
    if (count === 0 || used < count * MAILS_PART) return [];
    const text = `${used} of the ${count} mails with codes that an hour may have (MAILS_PER_HOUR) are sent. Is somebody having mail sent to strangers? At the limit nobody gets any.`;
    return [{ kind: 'mails', text, everyMs: HOUR_MS }];
  }

  async function coldMessages(): Promise<Alarm[]> {
    const cold = await deps.coldOfDay();
    if (cold < Math.min(COLD_MESSAGES, rules['cold-messages'].count || COLD_MESSAGES)) return [];
    const text = `${cold} messages of the day went to people who have not written. WhatsApp restricts numbers that send many of these; COLD_MESSAGES_PER_DAY limits them.`;
    return [{ kind: 'first messages', text, everyMs: DAY_MS }];
  }

  async function missedNumbers(): Promise<Alarm[]> {
    const paused = await deps.countMissed();
    if (paused === 0) return [];
    const text = `Sign-ups from ${paused} network ${paused === 1 ? 'address' : 'addresses'} used many numbers that are not on WhatsApp: no code goes out from there to new numbers for an hour.`;
    return [{ kind: 'missed numbers', text, everyMs: HOUR_MS }];
  }

  async function run(): Promise<void> {
    try {
      for (const look of [mails, coldMessages, missedNumbers, ...deps.looks]) {
        for (const alarm of await look()) await alarms.raise(alarm);
      }
    } catch (error) {
      log.error('what strangers use up could not be looked at', { error });
    }
    if (!stopped) timer = clock.after(MINUTE_MS, go);
  }

  function go(): void {
    running = run();
  }

  return {
    start() {
      stopped = false;
      timer = clock.after(MINUTE_MS, go);
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
