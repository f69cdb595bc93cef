import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Store } from '../../database/schema.js';
import { createdWithin, hasStatus, isOpen, type JobFilter } from './job-filter.js';
import { type JobPages, MOST_FOUND } from './job-pages.js';
import { finishedWithin } from './job-scans.js';
import type { Retries } from './retry.js';
import type { JobSearch } from './search.js';

/** What an operator does to all jobs that match a filter. */
export interface Bulk {
  /** What a bulk action would touch now. `upTo` = newest job id at this moment: the action touches nothing newer. */
  bulk(filter: JobFilter): Promise<{ retryable: number; deletable: number; atLeast: boolean; upTo: number }>;
  /** Returns how many jobs went back to the queue. */
  retryAll(filter: JobFilter, upTo: number, by: string): Promise<number>;
  /** Finished jobs only. The rest of the program goes on meanwhile. Returns how many are gone. */
  removeAll(
    filter: JobFilter,
    upTo: number,
    onRemoved?: (soFar: number) => void | Promise<void>,
  ): Promise<number>;
}

/** Deleting so many takes a few milliseconds, in which a SQLite file serves nobody else. */
const CHUNK = 100;

/** @param onDeleted called after each chunk of deleted jobs. */
export function createBulk(deps: {
  store: Store;
  pages: JobPages;
  search: JobSearch;
  retries: Retries;
  onDeleted(): void;
}): Bulk {
  const { store, pages, search, retries } = deps;

  async function retryable(filter: JobFilter, upTo: number): Promise<number[]> {
    const jobs = await retries.matching(filter, upTo);
    if (!filter.q || jobs.length === 0) return jobs.map(({ id }) => id);
    const from = Math.min(...jobs.map((job) => job.created_at));
    const found = await search.find(filter.q, { ...filter, status: 'failed', from, upTo }, MOST_FOUND);
    const ids = new Set(found);
    return jobs.filter(({ id }) => ids.has(id)).map(({ id }) => id);
  }

  async function deletable(filter: JobFilter, upTo: number): Promise<{ count: number; atLeast: boolean }> {
    if (isOpen(filter.status)) return { count: 0, atLeast: false };
    const found = filter.q ? await search.find(filter.q, { ...filter, upTo }, MOST_FOUND + 1) : null;
    const total = found ? Math.min(found.length, MOST_FOUND) : await pages.total(filter);
    if (filter.status !== null) return { count: total, atLeast: total < (found?.length ?? 0) };
    const open = await store
      .selectFrom('jobs')
      .select('id')
      .where('finished_at', 'is', null)
      .where(createdWithin(filter, '+created_at'))
      .execute();
    const ids = found && new Set(found);
    const spared = open.filter(({ id }) => ids?.has(id) ?? true).length;
    return { count: Math.max(0, total - spared), atLeast: total < (found?.length ?? 0) };
  }

  /** Ids of candidates in chunks; the caller may delete one chunk before it asks for the next. */
  async function* chunks(filter: JobFilter, upTo: number): AsyncGenerator<number[]> {
    if (filter.q) {
      for (let last = upTo, found: number[] = []; ; last = (found.at(-1) ?? 0) - 1) {
        found = await search.find(filter.q, { ...filter, upTo: last }, MOST_FOUND);
        for (let at = 0; at < found.length; at += CHUNK) yield found.slice(at, at + CHUNK);
        if (found.length < MOST_FOUND) return;
      }
    }
    const where = await finishedWithin(store, filter);
    for (let below = upTo + 1; ; ) {
      const jobs = store.selectFrom('jobs').select('id').where(where).where('id', '<', below);
      const ids = (await jobs.orderBy('id', 'desc').limit(CHUNK).execute()).map(({ id }) => id);
      if (ids.length > 0) yield ids;
      if (ids.length < CHUNK) return;
      below = ids.at(-1) ?? 0;
    }
  }

  async function remove(filter: JobFilter, ids: number[]): Promise<number> {
    const result = await store
      .deleteFrom('jobs')
      .where('id', 'in', ids)
      .where('finished_at', 'is not', null)
      .where(hasStatus(filter.status))
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }

  return {
    async bulk(filter) {
      const { upTo } = await store
        .selectFrom('jobs')
        .select(({ fn }) => fn.coalesce(fn.max('id'), sql.lit(0)).as('upTo'))
        .executeTakeFirstOrThrow();
      const { count, atLeast } = await deletable(filter, upTo);
      return { retryable: (await retryable(filter, upTo)).length, deletable: count, atLeast, upTo };
    },

    async retryAll(filter, upTo, by) {
      const ids = await retryable(filter, upTo);
      let retried = 0;
      for (let at = 0; at < ids.length; at += CHUNK) {
        retried += await retries.many(ids.slice(at, at + CHUNK), by);
        await breathe();
      }
      return retried;
    },

    async removeAll(filter, upTo, onRemoved) {
      let removed = 0;
      if (isOpen(filter.status)) return removed;
      for await (const ids of chunks(filter, upTo)) {
        removed += await remove(filter, ids);
        deps.onDeleted();
        await onRemoved?.(removed);
        await breathe();
      }
      return removed;
    },
  };
}
