import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import { hasStatus, type JobFilter, upToOf } from '../search/job-filter.js';
import type { JobSearch } from '../search/search.js';
import { BLOCK_SIZE, type Counters } from './counters.js';
import { type JobScan, scanOf } from './job-scans.js';

/** Which jobs are on a page, newest first. */
export interface FoundPage {
  ids: number[];
  total: number;
  /** `total` is only a lower bound. */
  atLeast: boolean;
  /** The last page, if the wanted one is beyond the end. */
  page: number;
  /** The job at which a search stopped; null when it went through all jobs. */
  searchedTo: { jobId: number; createdAt: number } | null;
}

export interface JobPages {
  find(filter: JobFilter, page: number, pageSize: number): Promise<FoundPage>;
  /** How many jobs match, ignoring `q`. */
  total(filter: JobFilter): Promise<number>;
}

/**
 * The last page of a million jobs costs as much as the first: counters say in which block of ids a page begins, and jobs
 * are only skipped within that block.
 */
export function createJobPages(deps: { store: Store; counters: Counters; search: JobSearch }): JobPages {
  const { store, counters, search } = deps;

  async function bySearch(q: string, filter: JobFilter, page: number, pageSize: number): Promise<FoundPage> {
    const { ids, rest } = await search.find(q, { ...filter, ...upToOf(filter) });
    const at = placeOf(page, pageSize, ids.length);
    return {
      ids: ids.slice(at.offset, at.offset + at.length),
      total: ids.length,
      atLeast: rest !== null,
      page: at.page,
      searchedTo: rest === null ? null : await firstAfter(rest),
    };
  }

  async function firstAfter(id: number): Promise<FoundPage['searchedTo']> {
    const jobs = store.selectFrom('jobs').select(['id as jobId', 'created_at as createdAt']);
    return (await jobs.where('id', '>', id).orderBy('id').limit(1).executeTakeFirst()) ?? null;
  }

  async function byBlock(status: JobFilter['status'], page: number, pageSize: number): Promise<FoundPage> {
    const blocks = await counters.blocks(status);
    const total = sum(blocks);
    const at = placeOf(page, pageSize, total);
    let skip = at.offset;
    let ids: number[] = [];
    for (const { block, jobs } of blocks) {
      if (skip < jobs) {
        ids = await idsBelow((block + 1) * BLOCK_SIZE, status, skip, at.length);
        break;
      }
      skip -= jobs;
    }
    return { ids, total, atLeast: false, page: at.page, searchedTo: null };
  }

  async function idsBelow(below: number, status: JobFilter['status'], skip: number, length: number) {
    let jobs = store.selectFrom('jobs').select('id').where('id', '<', below);
    // The condition of the index jobs_finished; open jobs never get here.
    if (status !== null) jobs = jobs.where(hasStatus(status)).where('finished_at', 'is not', null);
    const rows = await jobs.orderBy('id', 'desc').limit(length).offset(skip).execute();
    return rows.map(({ id }) => id);
  }

  /** Skips jobs from the nearer end. */
  async function byScan(
    scan: JobScan,
    filter: JobFilter,
    page: number,
    pageSize: number,
  ): Promise<FoundPage> {
    const total = await countIn(scan, filter);
    const at = placeOf(page, pageSize, total);
    const afterwards = total - at.offset - at.length;
    const fromOldest = afterwards < at.offset;
    let jobs = store.selectFrom('jobs').select('id').where(scan.where);
    for (const column of scan.order) jobs = jobs.orderBy(sql.raw(column), fromOldest ? 'asc' : 'desc');
    const rows = await jobs
      .limit(at.length)
      .offset(fromOldest ? afterwards : at.offset)
      .execute();
    const ids = rows.map(({ id }) => id);
    return { ids: fromOldest ? ids.reverse() : ids, total, atLeast: false, page: at.page, searchedTo: null };
  }

  async function countIn({ where, outside }: JobScan, { status }: JobFilter): Promise<number> {
    if (!outside) return await count(where);
    let total = sum(await counters.blocks(status));
    for (const part of outside) total -= await count(part);
    return Math.max(0, total);
  }

  async function count(where: JobScan['where']): Promise<number> {
    const jobs = store.selectFrom('jobs').select(({ fn }) => fn.countAll<number>().as('count'));
    return (await jobs.where(where).executeTakeFirstOrThrow()).count;
  }

  return {
    async find(filter, page, pageSize) {
      if (filter.q) return await bySearch(filter.q, filter, page, pageSize);
      const scan = await scanOf(store, filter);
      return scan ? await byScan(scan, filter, page, pageSize) : await byBlock(filter.status, page, pageSize);
    },

    async total(filter) {
      const scan = await scanOf(store, filter);
      return scan ? await countIn(scan, filter) : sum(await counters.blocks(filter.status));
    },
  };
}

function sum(blocks: { jobs: number }[]): number {
  return blocks.reduce((total, { jobs }) => total + jobs, 0);
}

function placeOf(page: number, pageSize: number, total: number) {
  const last = Math.max(1, Math.ceil(total / pageSize));
  const shown = Math.min(Math.max(1, page), last);
  const offset = (shown - 1) * pageSize;
  return { page: shown, offset, length: Math.min(pageSize, total - offset) };
}
