import type { RequestHandler } from 'express';
import type { Jobs } from '../delivery/operators/jobs.js';
import { AppError } from '../errors.js';
import { answerJson, isoOrNull } from '../http/answer.js';
import { jobNumber } from '../http/query.js';

/** GET /api/v1/otp/:jobId: what became of a code, never the code. */
export function otpStatus(jobs: Pick<Jobs, 'find'>): RequestHandler {
  return async (req, res) => {
    const jobId = jobNumber(req.params.jobId);
    const job = jobId === null ? null : await jobs.find(jobId);
    if (job === null) throw new AppError('job_not_found', 'There is no job with this number.');
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
