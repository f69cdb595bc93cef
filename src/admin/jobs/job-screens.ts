import type { Request, RequestHandler } from 'express';
import { type Clock, isoOrNull } from '../../clock.js';
import type { JobStory } from '../../delivery/job.js';
import type { JobPage, Jobs } from '../../delivery/operators/jobs.js';
import { AppError } from '../../errors.js';
import { answerJson } from '../../http/answer.js';
import { jobNumber, queryOf } from '../../http/query.js';
import type { CallerNames } from '../callers/caller-names.js';
import type { Layout } from '../layout.js';
import { DEFAULT_PAGE_SIZE, type Href, hrefOf, problemOf } from '../list-request.js';
import { readListRequest } from './filter-request.js';
import { jobPage } from './job-view.js';
import { jobCallerName, listView } from './list-view.js';
import { shownJob, shownStory } from './shown-job.js';

/** Finding jobs: the list, and the story of one. */
export function createJobPages(deps: {
  jobs: Jobs;
  callerNames(): Promise<CallerNames>;
  clock: Clock;
  layout: Layout;
}) {
  const { jobs, callerNames, clock, layout } = deps;

  async function read(req: Request) {
    const { text, filter, page, pageSize } = readListRequest(req, clock.now());
    return { text, list: await jobs.list(filter, page, pageSize) };
  }

  /** A bad parameter is reported on the page, above all jobs. */
  async function readForPage(req: Request) {
    try {
      return { ...(await read(req)), problem: null };
    } catch (error) {
      const problem = problemOf(error);
      const text = { status: '', q: '', caller: '', since: '', from: '', to: '', before: '' };
      const list = await jobs.list({ status: null, from: null, to: null, q: null }, 1, DEFAULT_PAGE_SIZE);
      return { text, list, problem };
    }
  }

  async function storyOf(req: Request): Promise<JobStory> {
    const jobId = jobNumber(req.params.id);
    const story = jobId === null ? null : await jobs.story(jobId);
    if (!story) throw new AppError('job_not_found', 'There is no job with this number.');
    return story;
  }

  return {
    /** GET /admin/jobs */
    listPage: (async (req, res) => {
      const [read, counts, indexing, names] = await Promise.all([
        readForPage(req),
        jobs.counts(),
        jobs.indexing(),
        callerNames(),
      ]);
      const query = read.problem ? new URLSearchParams() : queryOf(req);
      const href: Href = (change) => hrefOf('/admin/jobs', query, change);
      res
        .status(read.problem ? 400 : 200)
        .render('jobs', { ...layout(req, 'jobs'), ...listView({ ...read, counts, indexing, names }, href) });
    }) satisfies RequestHandler,

    /** GET /admin/jobs/:id */
    storyPage: (async (req, res) => {
      const [story, names] = await Promise.all([storyOf(req), callerNames()]);
      const job = { ...jobPage(story), callerName: jobCallerName(story, names) };
      res.render('job', { ...layout(req, 'jobs'), job });
    }) satisfies RequestHandler,

    /**
     * GET /admin/api/jobs → `{ jobs, total, atLeast, page, pageSize, searchedTo, indexing }`. When a search ended before it
     * had seen all jobs, `searchedTo.jobId`, passed as `before=`, continues it. `indexing` is `{ upTo, of }`, ids of jobs, while
     * the search index is still being built, or null.
     */
    listJson: (async (req, res) => {
      const [{ list }, indexing] = await Promise.all([read(req), jobs.indexing()]);
      answerJson(res, 200, { ...shownList(list), indexing });
    }) satisfies RequestHandler,

    /** GET /admin/api/jobs/:id */
    storyJson: (async (req, res) =>
      answerJson(res, 200, shownStory(await storyOf(req)))) satisfies RequestHandler,
  };
}

function shownList({ jobs, searchedTo, ...list }: JobPage) {
  return {
    jobs: jobs.map(shownJob),
    ...list,
    searchedTo: searchedTo && { ...searchedTo, createdAt: isoOrNull(searchedTo.createdAt) },
  };
}
