import type { Request, RequestHandler, Response } from 'express';
import { type Caller, ENVIRONMENT } from '../callers/caller.js';
import { isoOrNull } from '../clock.js';
import type { JobView } from '../delivery/job.js';
import type { Jobs } from '../delivery/operators/jobs.js';
import { AppError } from '../errors.js';
import { callerOf } from '../http/access/api-key.js';
import { answerJson } from '../http/answer.js';
import { jobNumber } from '../http/query.js';
import type { CodeStory, Routing } from '../otp/route/route.js';
import { shownAttempt } from './attempts.js';

/** GET /api/v1/otp/:jobId: what became of a code, never the code. A caller sees only its own codes. */
export function otpStatus(deps: {
  jobs: Pick<Jobs, 'find'>;
  routing: Pick<Routing, 'storyOf'>;
}): RequestHandler {
  const { jobs, routing } = deps;
  return async (req, res) => {
    const job = await jobIn(jobs, req, res);
    answerJson(res, 200, shownCode(job, await routing.storyOf(job)));
  };
}

/** The job that the path names. Rejects with job_not_found, also for one that the caller may not see. */
export async function jobIn(jobs: Pick<Jobs, 'find'>, req: Request, res: Response): Promise<JobView> {
  const jobId = jobNumber(req.params.jobId);
  const job = jobId === null ? null : await jobs.find(jobId);
  if (job !== null && maySee(callerOf(res), job.caller)) return job;
  throw noSuchJob();
}

/** The same, but only one that the caller has asked for itself. */
export async function ownJobIn(jobs: Pick<Jobs, 'find'>, req: Request, res: Response): Promise<JobView> {
  const job = await jobIn(jobs, req, res);
  if (job.caller === callerOf(res).id) return job;
  throw noSuchJob();
}

/** A code over all its steps, by one of its jobs. */
export function shownCode(job: JobView, { attempts, ...story }: CodeStory) {
  return {
    jobId: job.jobId,
    phoneNumber: job.phoneNumber,
    status: story.status,
    createdAt: isoOrNull(job.createdAt),
    sentAt: isoOrNull(story.sentAt),
    deliveredAt: isoOrNull(story.deliveredAt),
    readAt: isoOrNull(story.readAt),
    otp_expires_at: isoOrNull(job.expiresAt),
    error: story.error,
    attempts: attempts.map(shownAttempt),
  };
}

const noSuchJob = () => new AppError('job_not_found', 'There is no job with this number.');

/** The environment's key also sees the sign-in contracts' jobs, and jobs from before callers were recorded. */
function maySee(caller: Caller, jobsCaller: string | null): boolean {
  return caller.id === ENVIRONMENT.id || caller.id === jobsCaller;
}
