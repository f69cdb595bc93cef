import type { Request, RequestHandler } from 'express';
import type { Sender } from '../../channels/sender.js';
import type { Clock } from '../../clock.js';
import type { Jobs } from '../../delivery/operators/jobs.js';
import type { QueueControl } from '../../delivery/pause.js';
import { AppError } from '../../errors.js';
import { answerJson, ownField } from '../../http/answer.js';
import { jobNumber } from '../../http/query.js';
import { maskContact } from '../../log.js';
import type { Audit } from '../audit/audit.js';
import { channelWords } from './channel-words.js';
import { inWords, readFilterBody, readListRequest } from './filter-request.js';
import { bulkQuestions, jobCount, retriedWords } from './job-words.js';

/** What an operator does with jobs. Every change is recorded in the audit log. */
export function createJobActions(deps: {
  jobs: Jobs;
  sender: Pick<Sender, 'status'>;
  queue: Pick<QueueControl, 'pausedAt'>;
  clock: Clock;
  audit: Audit;
}) {
  const { jobs, sender, queue, clock, audit } = deps;

  return {
    /** POST /admin/api/jobs/:id/retry: the same message again, while its code is valid; otherwise 409. */
    retry: (async (req, res) => {
      const jobId = requireJob(req);
      await jobs.retry(jobId, audit.actor(req));
      await audit.record(req, 'job_retried', { target: `job ${jobId}` });
      const job = await jobs.find(jobId);
      const needsNumber = job !== null && channelWords(job.channel).needsNumber;
      const now = { state: sender.status().state, isPaused: queue.pausedAt() !== null };
      answerJson(res, 200, { jobId, message: retriedWords({ jobId, needsNumber }, now) });
    }) satisfies RequestHandler,

    /** POST /admin/api/jobs/:id/delete: a finished one; otherwise 409. */
    remove: (async (req, res) => {
      const jobId = requireJob(req);
      await jobs.remove(jobId);
      await audit.record(req, 'job_deleted', { target: `job ${jobId}` });
      answerJson(res, 200, { jobId, message: `Job #${jobId} is deleted.` });
    }) satisfies RequestHandler,

    /** POST /admin/api/jobs/:id/reveal → `{ phoneNumber }`: the number or address, in full. */
    reveal: (async (req, res) => {
      const jobId = requireJob(req);
      const job = await jobs.find(jobId);
      if (!job) throw noSuchJob();
      if (job.phoneNumber === null) throw recipientDeleted();
      await audit.record(req, 'number_revealed', {
        target: `job ${jobId}`,
        detail: maskContact(job.phoneNumber),
      });
      const message = `The ${channelWords(job.channel).contactKind} is shown.`;
      answerJson(res, 200, { jobId, phoneNumber: job.phoneNumber, message });
    }) satisfies RequestHandler,

    /** GET /admin/api/jobs/bulk?…: what retrying or deleting all jobs of this filter would touch. */
    count: (async (req, res) => {
      answerJson(res, 200, await jobs.bulk(readListRequest(req, clock.now()).filter));
    }) satisfies RequestHandler,

    /** GET /admin/api/jobs/bulk/questions?… → `{ upTo, retry, delete }`: the same, worded as questions to the operator. */
    questions: (async (req, res) => {
      const reach = await jobs.bulk(readListRequest(req, clock.now()).filter);
      answerJson(res, 200, { upTo: reach.upTo, ...bulkQuestions(reach) });
    }) satisfies RequestHandler,

    /** POST /admin/api/jobs/retry: all jobs of a filter that can be sent again. */
    retryAll: (async (req, res) => {
      const { text, filter } = readFilterBody(req.body, clock.now());
      const count = await jobs.retryAll(filter, requireUpTo(req), audit.actor(req));
      if (count > 0) {
        await audit.record(req, 'jobs_retried', { target: inWords(text), detail: jobCount(count) });
      }
      answerJson(res, 200, { count, message: `${jobCount(count)} back in the queue.` });
    }) satisfies RequestHandler,

    /** POST /admin/api/jobs/delete: all finished jobs of a filter. The audit log records how far it got, whatever happens. */
    removeAll: (async (req, res) => {
      const { text, filter } = readFilterBody(req.body, clock.now());
      const upTo = requireUpTo(req);
      let entry: number | undefined;
      const count = await jobs.removeAll(filter, upTo, async (soFar) => {
        const detail = jobCount(soFar);
        if (entry !== undefined) return audit.amend(entry, detail);
        entry = await audit.record(req, 'jobs_deleted', { target: inWords(text), detail });
      });
      answerJson(res, 200, { count, message: `${jobCount(count)} deleted.` });
    }) satisfies RequestHandler,
  };
}

function requireJob(req: Request): number {
  const jobId = jobNumber(req.params.id);
  if (jobId === null) throw noSuchJob();
  return jobId;
}

function recipientDeleted(): AppError {
  return new AppError('not_found', 'Its recipient is deleted, together with the account.');
}

function noSuchJob(): AppError {
  return new AppError('job_not_found', 'There is no job with this number.');
}

/** The newest job in the question that the operator answered. */
function requireUpTo(req: Request): number {
  const upTo = ownField(req.body, 'upTo');
  if (typeof upTo === 'number' && Number.isSafeInteger(upTo) && upTo >= 0) return upTo;
  throw new AppError(
    'bad_request',
    'Bad Request: "upTo" must be the number of the newest job that is meant.',
  );
}
