import type { Clock } from '../../../src/clock.js';
import type { ChannelRules } from '../../../src/delivery/channels.js';
import type { ClaimedJob } from '../../../src/delivery/job.js';
import { sendMarginMs } from '../../../src/delivery/margins.js';
import type { ClaimRules } from '../../../src/delivery/queue/claim.js';
import type { Queue } from '../../../src/delivery/queue/queue.js';

interface Job extends ClaimedJob {
  status: 'pending' | 'processing' | 'sent' | 'failed' | 'expired';
  runAt: number;
  writes: number;
}

/** The rules of the stored queue without a store: what a day costs is then only what is decided. */
export interface MemoryQueue extends Queue {
  add(recipient: string): Job;
  /** Ends what is too late. Returns how many wait. */
  sweep(): number;
}

export function createMemoryQueue(
  clock: Clock,
  { ttlMs, maxWrites }: Pick<ChannelRules, 'ttlMs' | 'maxWrites'>,
): MemoryQueue {
  const marginMs = sendMarginMs(ttlMs);
  /** Not ended yet, the oldest first. */
  let open: Job[] = [];
  let last = 0;

  const isInTime = (job: Job) => job.expiresAt > clock.now() + marginMs;

  function claim({ resends }: ClaimRules): Job | null {
    const now = clock.now();
    const due = open
      .filter((job) => job.status === 'pending' && job.runAt <= now && isInTime(job))
      .filter(({ writes }) => writes < (resends ? maxWrites : 1))
      .toSorted((a, b) => a.runAt - b.runAt || a.id - b.id)[0];
    if (due) due.status = 'processing';
    return due ?? null;
  }

  return {
    add(recipient) {
      const now = clock.now();
      const id = ++last;
      const job: Job = {
        id,
        recipient,
        messageId: String(id),
        text: 'Your code is 1234.',
        code: '1234',
        attempts: 0,
        expiresAt: now + ttlMs,
        status: 'pending',
        runAt: now,
        writes: 0,
      };
      open.push(job);
      return job;
    },
    sweep() {
      for (const job of open) if (job.status === 'pending' && !isInTime(job)) job.status = 'expired';
      open = open.filter(({ status }) => status === 'pending' || status === 'processing');
      return open.filter(({ status }) => status === 'pending').length;
    },
    claim: async (rules) => claim(rules),
    async beginWrite(claimed) {
      const job = claimed as Job;
      const mayBe = job.status === 'processing' && job.writes < maxWrites && isInTime(job);
      if (mayBe) job.writes += 1;
      return mayBe;
    },
    async complete(claimed, outcome, next) {
      const job = claimed as Job;
      if (outcome.kind === 'accepted') job.status = 'sent';
      else if (outcome.kind === 'failed') job.status = 'failed';
      else Object.assign(job, { status: 'pending', runAt: outcome.runAt });
      return next ? claim(next) : null;
    },
    extendLeases: async () => {},
    recover: async () => 0,
  };
}
