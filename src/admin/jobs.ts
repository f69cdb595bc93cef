import type { RequestHandler } from 'express';
import type { JobView } from '../delivery/job.js';
import type { Jobs } from '../delivery/jobs.js';
import { AppError } from '../errors.js';
import { answerJson, isoOrNull } from '../http/answer.js';
import { jobNumber } from '../http/parse.js';
import { maskPhone } from '../log.js';

export const RECENT_JOBS = 25;

/** A job as the dashboard lists it. */
export function shown(job: JobView) {
  return {
    jobId: job.jobId,
    phoneNumber: maskPhone(job.phoneNumber),
    status: job.status,
    createdAt: isoOrNull(job.createdAt),
    sentAt: isoOrNull(job.sentAt),
    deliveredAt: isoOrNull(job.deliveredAt),
    readAt: isoOrNull(job.readAt),
    otp_expires_at: isoOrNull(job.expiresAt),
    attempts: job.attempts,
    error: job.error,
  };
}

/** GET /admin/api/jobs: the newest. */
export function recentJobs(jobs: Jobs): RequestHandler {
  return async (_req, res) => {
    const recent = await jobs.recent(RECENT_JOBS);
    answerJson(res, 200, { jobs: recent.map(shown) });
  };
}

/** GET /admin/api/stats: how many jobs there are of each status. */
export function jobCounts(jobs: Jobs): RequestHandler {
  return async (_req, res) => answerJson(res, 200, await jobs.counts());
}

/** POST /admin/api/jobs/:id/retry: the same message again, while its code lives. */
export function retryJob(jobs: Jobs): RequestHandler {
  return async (req, res) => {
    const jobId = jobNumber(req.params.id);
    if (jobId === null) throw new AppError('job_not_found', 'There is no job with this number.');
    await jobs.retry(jobId);
    answerJson(res, 200, { jobId, message: 'The job is back in the queue.' });
  };
}
