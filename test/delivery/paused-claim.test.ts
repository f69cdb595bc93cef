import { expect, it } from 'vitest';
import { createBacklog } from '../../src/delivery/worker/backlog.js';
import { createPace } from '../../src/delivery/worker/pace.js';
import { createWorker } from '../../src/delivery/worker/worker.js';
import { silentLog } from '../../src/log.js';
import { createTestClock } from '../support/clock.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { createMemoryQueue } from './simulated-day/memory-queue.js';

const TTL_MS = 300_000;

const CASES = {
  'is being claimed': { pausesAt: 'claim' },
  'is being looked up': { pausesAt: 'look-up' },
} as const;

it.each(Object.entries(CASES))(
  'a job that %s when an operator pauses goes back, and out after the pause',
  async (_, { pausesAt }) => {
    const clock = createTestClock();
    const sender = createScriptedSender(clock);
    const queue = createMemoryQueue(clock, { ttlMs: TTL_MS, maxWrites: 3 });
    const backlog = createBacklog();
    let isPaused = false;
    let pauses = 1;
    const pauseOnce = (at: string) => {
      isPaused ||= at === pausesAt && pauses-- > 0;
    };
    const worker = createWorker({
      queue: {
        ...queue,
        async claim(rules) {
          const job = await queue.claim(rules);
          if (job) pauseOnce('claim');
          return job;
        },
      },
      outlet: {
        async send(message) {
          pauseOnce('look-up');
          return await sender.send(message);
        },
        openSince: () => clock.now() - TTL_MS,
        warmOnly: () => false,
      },
      pace: createPace({ clock, minDelayMs: 0, maxDelayMs: 0 }),
      backlog,
      isPaused: () => isPaused,
      onChanged() {},
      clock,
      log: silentLog,
      ttlMs: TTL_MS,
      pollingIntervalMs: 1_000,
    });
    const job = queue.add('+201001234567');
    backlog.reserved();
    backlog.committed(1, 0);
    worker.start();
    await clock.advance(5_000);
    expect(sender.written).toEqual([]);
    expect([isPaused, job.status, job.attempts, job.writes, backlog.size()]).toEqual([
      true,
      'pending',
      0,
      0,
      1,
    ]);

    isPaused = false;
    worker.wake();
    await clock.advance(5_000);
    expect(sender.written).toMatchObject([{ recipient: '+201001234567' }]);
    expect([job.status, backlog.size()]).toEqual(['sent', 0]);
    const stopped = worker.stop(1_000);
    await clock.advance(1_000);
    await stopped;
  },
);
