import type { RequestHandler } from 'express';
import { type Caller, ENVIRONMENT } from '../callers/caller.js';
import { isoOrNull } from '../clock.js';
import type { Jobs } from '../delivery/operators/jobs.js';
import { AppError } from '../errors.js';
import { callerOf } from '../http/access/api-key.js';
import { answerJson } from '../http/answer.js';
import { jobNumber } from '../http/query.js';

/** GET /api/v1/otp/:jobId: what became of a code, never the code. A caller sees only its own codes. */
export function otpStatus(jobs: Pick<Jobs, 'find'>): RequestHandler {
  return async (req, res) => {
    const jobId = jobNumber(req.params.jobId);
    const job = jobId === null ? null : await jobs.find(jobId);
    if (job === null || !maySee(callerOf(res), job.caller))
      throw new AppError('job_not_found', 'There is no job with this number.');
    answerJson(res, 200, {
      jobId: job.jobId,
      phoneNumber: job.phoneNumber,
      status: job.status,
      createdAt: isoOrNull(job.createdAt),
      sentAt: isoOrNull(job.sentAt),
      deliveredAt: isoOrNull(job.deliveredAt),
      readAt: isoOrNull(job.readAt),
      otp_expires_at: isoOrNull(job.expiresAt),
      error: job.error,
    });
  };
}

/** The environment's key also sees the sign-in contracts' jobs, and jobs from before callers were recorded. */
function maySee(caller: Caller, jobsCaller: string | null): boolean {
  return caller.id === ENVIRONMENT.id || caller.id === jobsCaller;
}
