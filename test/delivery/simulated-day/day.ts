import type { Store } from '../../../database/schema.js';
import { sendMarginMs } from '../../../src/delivery/margins.js';
import { createWhatsAppChannel } from '../../../src/delivery/whatsapp-channel.js';
import { createAdmission } from '../../../src/delivery/worker/admission.js';
import { createBacklog } from '../../../src/delivery/worker/backlog.js';
import { createPace } from '../../../src/delivery/worker/pace.js';
import { createWorker } from '../../../src/delivery/worker/worker.js';
import { silentLog } from '../../../src/log.js';
import { createTestClock } from '../../support/clock.js';
import { mulberry } from '../../support/random.js';
import { createMemoryQueue } from './memory-queue.js';
import { createNetwork } from './network.js';

const DAY_MS = 24 * 3_600_000;
const TTL_MS = 300_000;
const CODES_PER_HOUR = 120;
const TROUBLES = 10;
const SHORTEST_MS = 5_000;
const MAX_MS = 2 * 3_600_000;
/** Nothing in a simulated day waits for anything but promises. */
const TURNS = 20;

export interface Day {
  asked: number;
  accepted: number;
  /** Accepted, and not sent while it could have been used. */
  expired: number;
  refused: number;
  /**
   * Refused, although the lane opened again while the code would still have been sent. The codes ahead of it are not
   * counted, and they would have been more: an upper bound.
   */
  wouldHaveArrived: number;
  /** The longest wait that an accepted code was given, in milliseconds. */
  longestPromiseMs: number;
}

/**
 * A day with ten troubles at random moments, half of them lost connections and half of them pauses, and with requests
 * at random moments: the product's admission, pace, backlog, worker and back-off, without a store.
 */
export async function liveThrough(seed: number): Promise<Day> {
  const random = mulberry(seed);
  const clock = createTestClock(undefined, promisesSettled);
  const day: Day = {
    asked: 0,
    accepted: 0,
    expired: 0,
    refused: 0,
    wouldHaveArrived: 0,
    longestPromiseMs: 0,
  };
  const { sender, breakFor } = createNetwork(clock, random);
  const pauses: number[] = [];
  const pausedAt = () => pauses[0] ?? null;
  const backlog = createBacklog();
  // The store knows who was written to before: nobody asks while nothing is restricted.
  const { outlet, rules } = createWhatsAppChannel({
    store: {} as Store,
    sender,
    clock,
    account: 'default',
    settings: { ttlMs: TTL_MS, minSendDelayMs: 5_000, maxSendDelayMs: 20_000 },
    newMessageId: () => '',
  });
  const pace = createPace({
    clock,
    minDelayMs: rules.minSendDelayMs,
    maxDelayMs: rules.maxSendDelayMs,
    random: (min, max) => min + Math.floor(random() * (max - min + 1)),
  });
  const queue = createMemoryQueue(clock, rules);
  const worker = createWorker({
    queue,
    outlet,
    pace,
    backlog,
    isPaused: () => pausedAt() !== null,
    onChanged() {},
    clock,
    log: silentLog,
    ttlMs: TTL_MS,
    // Every change wakes the worker.
    pollingIntervalMs: DAY_MS,
  });
  const admission = createAdmission({
    outlet,
    pausedAt,
    pace,
    backlog,
    clock,
    ttlMs: TTL_MS,
    maxWaitMs: Number.POSITIVE_INFINITY,
  });
  const jobs: ReturnType<typeof queue.add>[] = [];
  /** Refused codes that wait for the moment when they could have been sent. */
  let regrets: number[] = [];

  function changed(): void {
    worker.wake();
    if (pausedAt() !== null || outlet.openSince() === null) return;
    const inTimeMs = TTL_MS - sendMarginMs(TTL_MS);
    day.wouldHaveArrived += regrets.filter((askedAt) => clock.now() - askedAt < inTimeMs).length;
    regrets = [];
  }

  function pauseFor(ms: number): void {
    pauses.push(clock.now());
    clock.after(ms, () => {
      pauses.pop();
      changed();
    });
  }

  async function ask(): Promise<void> {
    day.asked += 1;
    backlog.recounted(queue.sweep(), 0);
    const recipient = `+2010${10_000_000 + day.asked}`;
    try {
      const waitMs = await admission.admit(recipient);
      day.accepted += 1;
      day.longestPromiseMs = Math.max(day.longestPromiseMs, waitMs ?? 0);
      jobs.push(queue.add(recipient));
      backlog.committed(1, 0);
    } catch {
      day.refused += 1;
      regrets.push(clock.now());
    }
    changed();
  }

  sender.onStatus(changed);
  worker.start();
  for (let trouble = 0; trouble < TROUBLES; trouble++) {
    const lastsMs = SHORTEST_MS + random() * (MAX_MS - SHORTEST_MS);
    const begin = trouble % 2 === 0 ? breakFor : pauseFor;
    clock.after(random() * DAY_MS, () => begin(lastsMs));
  }
  const end = clock.now() + DAY_MS;
  while (clock.now() < end) {
    await clock.advance((-Math.log(1 - random()) * 3_600_000) / CODES_PER_HOUR);
    await ask();
  }
  await clock.advance(TTL_MS);
  day.expired = jobs.filter(({ status }) => status !== 'sent').length;
  const stopped = worker.stop(0);
  await clock.advance(1_000);
  await stopped;
  return day;
}

async function promisesSettled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await null;
}
