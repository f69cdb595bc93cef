import { expect, it } from 'vitest';
import { createBacklog } from '../../src/delivery/worker/backlog.js';
import { createPace } from '../../src/delivery/worker/pace.js';
import { createWorker } from '../../src/delivery/worker/worker.js';
import { silentLog } from '../../src/log.js';
import { createTestClock } from '../support/clock.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { createMemoryQueue } from './simulated-day/memory-queue.js';

const TTL_MS = 300_000;

it('a job whose claim was under way when an operator paused goes back, and out after the pause', async () => {
  const clock = createTestClock();
  const sender = createScriptedSender(clock);
  const queue = createMemoryQueue(clock, { ttlMs: TTL_MS, maxWrites: 3 });
  const backlog = createBacklog();
  let isPaused = false;
  let claims = 0;
  const worker = createWorker({
    queue: {
      ...queue,
      async claim(rules) {
        const job = await queue.claim(rules);
        isPaused ||= job !== null && claims++ === 0;
        return job;
      },
    },
    outlet: { send: sender.send, openSince: () => clock.now() - TTL_MS, warmOnly: () => false },
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
  expect([job.status, job.attempts, backlog.size()]).toEqual(['pending', 0, 1]);

  isPaused = false;
  worker.wake();
  await clock.advance(5_000);
  expect(sender.written).toMatchObject([{ recipient: '+201001234567' }]);
  expect([job.status, backlog.size()]).toEqual(['sent', 0]);
  const stopped = worker.stop(1_000);
  await clock.advance(1_000);
  await stopped;
});
