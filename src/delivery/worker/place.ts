import type { Enqueue, Enqueued, NewJob } from '../queue/enqueue.js';
import type { Backlog } from './backlog.js';
import type { StoreHealth } from './store-health.js';

/** A place in the queue, for one job: admission counts it until the job is stored, or the place is given back. */
export interface Place {
  /** How long the job is expected to wait, in milliseconds; null: nobody can know. */
  waitMs: number | null;
  /** Stores the job durably. Rejects with the store's error; then nothing was stored. Without a job there is no place left. */
  enqueue(job: NewJob): Promise<Enqueued>;
  /** Gives the place back, unless it was used: to be called whatever happened, and as often as it comes. */
  release(): void;
}

/** The place is counted already. */
export function createPlace(deps: {
  waitMs: number | null;
  backlog: Pick<Backlog, 'released'>;
  incoming: Pick<Enqueue, 'add'>;
  health: StoreHealth;
}): Place {
  const { backlog, incoming, health } = deps;
  let used = false;

  function use(): void {
    if (used) throw new Error('A place in the queue is for one job.');
    used = true;
  }

  return {
    waitMs: deps.waitMs,

    async enqueue(job) {
      use();
      let stored: Enqueued | null = null;
      try {
        stored = await incoming.add(job);
        if (stored.kind !== 'refused') health.note(true);
        return stored;
      } catch (error) {
        health.note(false);
        throw error;
      } finally {
        // A job that was made has taken the place with its commit.
        if (stored?.kind !== 'created') backlog.released();
      }
    },

    release() {
      if (used) return;
      used = true;
      backlog.released();
    },
  };
}
