import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { lasts } from '../deadline.js';

/** Whether callers with an API key use this server: as long as they do, places in the queue are kept for them. */
export interface KeyedCalls {
  /** There is one now. Never throws; it is stored a moment later. */
  note(): void;
  /** There was one in the last day, in whichever process. */
  areRecent(): Promise<boolean>;
}

const ROW = { name: 'keyed-calls', subject: 'all' };
const RECENT_MS = 24 * 60 * 60_000;
/** Written, and asked for, no more often than this. */
const STALE_MS = 60_000;

export function createKeyedCalls(deps: { store: Store; clock: Clock }): KeyedCalls {
  const { store, clock } = deps;
  let writtenAt: number | null = null;
  let read: { at: number; recent: Promise<boolean> } | null = null;

  async function look(): Promise<boolean> {
    const rows = await store
      .selectFrom('limit_counts')
      .select('name')
      .where('name', '=', ROW.name)
      .where('subject', '=', ROW.subject)
      .where(lasts({ from: 'limit_counts.since', until: 'limit_counts.until' }, clock.now()))
      .execute();
    return rows.length > 0;
  }

  return {
    note() {
      const elapsed = clock.elapsed();
      if (writtenAt !== null && elapsed - writtenAt < STALE_MS) return;
      writtenAt = elapsed;
      read = { at: elapsed, recent: Promise.resolve(true) };
      const row = { used: 1, since: clock.now(), until: clock.now() + RECENT_MS };
      store
        .insertInto('limit_counts')
        .values({ ...ROW, ...row })
        .onConflict((conflict) => conflict.columns(['name', 'subject']).doUpdateSet(row))
        .execute()
        .catch(() => {
          writtenAt = null;
        });
    },

    async areRecent() {
      const elapsed = clock.elapsed();
      if (read === null || elapsed - read.at >= STALE_MS) read = { at: elapsed, recent: look() };
      const { recent } = read;
      return await recent.catch((error: unknown) => {
        read = null;
        throw error;
      });
    },
  };
}
