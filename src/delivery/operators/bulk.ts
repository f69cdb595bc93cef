import { setImmediate as breathe } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { createdWithin, hasStatus, isOpen, type JobFilter, upToOf } from '../search/job-filter.js';
import type { Found, JobSearch } from '../search/search.js';
import type { JobPages } from './job-pages.js';
import { finishedWithin } from './job-scans.js';
import type { Retries } from './retry.js';

/** What an operator does to all jobs that match a filter. */
export interface Bulk {
  /** What a bulk action would touch now. `upTo` = newest job id at this moment: the action touches nothing newer. */
  bulk(filter: JobFilter): Promise<{ retryable: number; deletable: number; atLeast: boolean; upTo: number }>;
  /** Returns how many jobs went back to the queue. */
  retryAll(filter: JobFilter, upTo: number, by: string): Promise<number>;
  /** Finished jobs only, in chunks that leave time for everything else. Returns how many were deleted. */
  removeAll(
    filter: JobFilter,
    upTo: number,
    onRemoved?: (soFar: number) => void | Promise<void>,
  ): Promise<number>;
}

/** Deleting this many takes a few milliseconds, during which a SQLite file serves nothing else. */
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
    if (!filter.q) return await retries.matching(filter, upTo);
    return await search.among(filter.q, await retries.matching(filter, upToOf(filter, upTo).upTo));
  }

  async function deletable(filter: JobFilter, upTo: number): Promise<{ count: number; atLeast: boolean }> {
    if (isOpen(filter.status)) return { count: 0, atLeast: false };
    const found = filter.q ? await search.find(filter.q, { ...filter, ...upToOf(filter, upTo) }) : null;
    const total = found ? found.ids.length : await pages.total(filter);
    const atLeast = found !== null && found.rest !== null;
    if (filter.status !== null) return { count: total, atLeast };
    const open = await store
      .selectFrom('jobs')
      .select('id')
      .where('finished_at', 'is', null)
      .where(createdWithin(filter, '+created_at'))
      .execute();
    const ids = found && new Set(found.ids);
    const spared = open.filter(({ id }) => ids?.has(id) ?? true).length;
    return { count: Math.max(0, total - spared), atLeast };
  }

  /** Ids of candidates in chunks; the caller may delete one chunk before it asks for the next. */
  async function* chunks(filter: JobFilter, upTo: number): AsyncGenerator<number[]> {
    if (filter.q) {
      for (let rest: number | null = upToOf(filter, upTo).upTo; rest !== null; ) {
        const found: Found = await search.find(filter.q, { ...filter, upTo: rest });
        for (let at = 0; at < found.ids.length; at += CHUNK) yield found.ids.slice(at, at + CHUNK);
        rest = found.rest;
      }
      return;
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
