import type { Store } from '../../../database/schema.js';
import type { Enqueue } from '../queue/enqueue.js';
import type { Enqueued, Joined, JoiningJob, NewJob } from '../queue/new-job.js';
import type { Backlog } from './backlog.js';
import type { StoreHealth } from './store-health.js';

/**
 * A place in the queue for one job: admission counts it until the job is stored or the place is given back. Its holder
 * must release it in the end, whatever happens.
 */
export interface Place {
  /** How long the job is expected to wait, in milliseconds; null: unknown. */
  waitMs: number | null;
  /** Like `Enqueue.enqueue`. If no job was created, the place is given back. */
  enqueue(job: NewJob): Promise<Enqueued>;
  /** Like `Enqueue.enqueueIn`. The job takes the place when `committed` is called; a release before that gives it back. */
  enqueueIn(trx: Store, job: JoiningJob): Promise<Joined>;
  /** Gives the place back, unless a job has taken it. May be called at any time, more than once. */
  release(): void;
}

/** @param deps.backlog has already counted the place. */
export function createPlace(deps: {
  waitMs: number | null;
  backlog: Pick<Backlog, 'released'>;
  incoming: Pick<Enqueue, 'enqueue' | 'enqueueIn'>;
  health: StoreHealth;
  /** What was counted for it: given back where no job comes of it. */
  counted?: { giveBack(): Promise<void> };
}): Place {
  const { backlog, incoming, health } = deps;
  let used = false;
  let ours = true;

  function giveBack(): void {
    backlog.released();
    void deps.counted?.giveBack();
  }

  function use(): void {
    if (used || !ours) throw new Error('A place in the queue is for one job.');
    used = true;
  }

  function release(): void {
    if (ours) giveBack();
    ours = false;
  }

  return {
    waitMs: deps.waitMs,
    release,

    async enqueue(job) {
      use();
      // It goes with the job into a shared commit and cannot be taken out again.
      ours = false;
      try {
        const stored = await incoming.enqueue(job);
        health.note(true);
        if (stored.kind !== 'created') giveBack();
        return stored;
      } catch (error) {
        health.note(false);
        giveBack();
        throw error;
      }
    },

    async enqueueIn(trx, job) {
      use();
      try {
        const joined = await incoming.enqueueIn(trx, job);
        return {
          jobId: joined.jobId,
          committed() {
            joined.committed();
            health.note(true);
            // A created job has taken the place with the commit.
            if (joined.jobId !== null) ours = false;
            release();
          },
        };
      } catch (error) {
        health.note(false);
        throw error;
      }
    },
  };
}
