import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { JobStory, JobView, ShownStatus } from '../job.js';
import type { MessageShapes } from '../message-shapes.js';
import type { JobFilter } from '../search/job-filter.js';
import type { JobSearch } from '../search/search.js';
import { type Bulk, createBulk } from './bulk.js';
import type { Counters } from './counters.js';
import { createJobPages } from './job-pages.js';
import { createJobRows } from './job-rows.js';
import { createOwnJobs, type OwnFilter } from './own-jobs.js';
import { createRetries } from './retry.js';

export type { JobFilter } from '../search/job-filter.js';

/** What callers and operators can see of jobs, and what operators can do with them. */
export interface Jobs extends Bulk {
  find(jobId: number): Promise<JobView | null>;
  /** `next` as in `OwnPage`. */
  ofCaller(filter: OwnFilter): Promise<{ jobs: JobView[]; next: number | null }>;
  story(jobId: number): Promise<JobStory | null>;
  /** Newest first; a page beyond the end is the last page. Pages count from 1. */
  list(filter: JobFilter, page: number, pageSize: number): Promise<JobPage>;
  /** How far the search index has got while it is being built, as job ids. */
  indexing: JobSearch['building'];
  /** All jobs by status. */
  counts(): Promise<Record<ShownStatus, number>>;
  /** Sends a failed job again, as the same message. Rejects with job_not_found or job_not_retryable. */
  retry(jobId: number, by?: string): Promise<void>;
  /** Deletes a finished job. Rejects with job_not_found or job_not_deletable. */
  remove(jobId: number): Promise<void>;
}

export interface JobPage {
  jobs: JobView[];
  total: number;
  /** `total` is only a lower bound. */
  atLeast: boolean;
  page: number;
  pageSize: number;
  /** The job at which a search stopped; null when it went through all jobs. */
  searchedTo: { jobId: number; createdAt: number } | null;
}

const MAX_PAGE_SIZE = 100;

/**
 * @param onRetried called when jobs are back in the queue.
 * @param onDeleted called when jobs are gone.
 */
export function createJobs(deps: {
  store: Store;
  counters: Counters;
  search: JobSearch;
  shapes: MessageShapes;
  clock: Clock;
  ttlMs: number;
  onRetried(): void;
  onDeleted(): void;
}): Jobs {
  const { store, counters } = deps;
  const retries = createRetries(deps);
  const rows = createJobRows({ ...deps, retries });
  const pages = createJobPages(deps);
  const own = createOwnJobs(deps);

  return {
    ...createBulk({ ...deps, pages, retries }),
    find: async (jobId) => (await rows.views([jobId]))[0] ?? null,
    story: rows.story,

    async ofCaller(filter) {
      const { ids, next } = await own(filter);
      return { jobs: await rows.views(ids), next };
    },

    counts: counters.byStatus,
    indexing: deps.search.building,
    retry: retries.one,

    async list(filter, wantedPage, wantedSize) {
      const pageSize = Math.min(Math.max(1, Math.floor(wantedSize)), MAX_PAGE_SIZE);
      const { ids, ...found } = await pages.find(filter, Math.floor(wantedPage), pageSize);
      return { jobs: await rows.views(ids), ...found, pageSize };
    },

    async remove(jobId) {
      const result = await store
        .deleteFrom('jobs')
        .where('id', '=', jobId)
        .where('finished_at', 'is not', null)
        .executeTakeFirst();
      if (result.numDeletedRows === 1n) return deps.onDeleted();
      const [open] = await rows.views([jobId]);
      if (!open) throw new AppError('job_not_found', 'There is no job with this number.');
      throw new AppError(
        'job_not_deletable',
        `Only a finished job can be deleted; this one is ${open.status}.`,
      );
    },
  };
}
