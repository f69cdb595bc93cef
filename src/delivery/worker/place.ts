import type { Store } from '../../../database/schema.js';
import type { Enqueue } from '../queue/enqueue.js';
import type { Enqueued, Joined, NewJob } from '../queue/new-job.js';
import type { Backlog } from './backlog.js';
import type { StoreHealth } from './store-health.js';

/**
 * A place in the queue, for one job: admission counts it until the job is stored, or the place is given back. Whoever
 * holds it releases it in any case, at the end.
 */
export interface Place {
  /** How long the job is expected to wait, in milliseconds; null: nobody can know. */
  waitMs: number | null;
  /** As `Enqueue.enqueue`. Where no job was made, the place is given back. */
  enqueue(job: NewJob): Promise<Enqueued>;
  /** As `Enqueue.enqueueIn`. The place goes to the job when `committed` is called: a release before takes it back. */
  enqueueIn(trx: Store, job: Omit<NewJob, 'idempotency'>): Promise<Joined>;
  /** Gives the place back, unless a job has it: whenever, and as often as it comes. */
  release(): void;
}

/** @param deps.backlog has counted the place. */
export function createPlace(deps: {
  waitMs: number | null;
  backlog: Pick<Backlog, 'released'>;
  incoming: Pick<Enqueue, 'enqueue' | 'enqueueIn'>;
  health: StoreHealth;
}): Place {
  const { backlog, incoming, health } = deps;
  let used = false;
  let ours = true;

  function use(): void {
    if (used || !ours) throw new Error('A place in the queue is for one job.');
    used = true;
  }

  function release(): void {
    if (ours) backlog.released();
    ours = false;
  }

  return {
    waitMs: deps.waitMs,
    release,

    async enqueue(job) {
      use();
      // It goes with the job into a commit that others share: nobody can take it out of there.
      ours = false;
      try {
        const stored = await incoming.enqueue(job);
        health.note(true);
        if (stored.kind !== 'created') backlog.released();
        return stored;
      } catch (error) {
        health.note(false);
        backlog.released();
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
            // A job that was made has taken the place with the commit.
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
