import type { Request, RequestHandler } from 'express';
import { isoOrNull } from '../clock.js';
import { type JobView, SHOWN_STATUSES, type ShownStatus } from '../delivery/job.js';
import type { Jobs } from '../delivery/operators/jobs.js';
import { AppError, invalidFields } from '../errors.js';
import { callerOf } from '../http/access/api-key.js';
import { answerJson } from '../http/answer.js';
import { queryOf } from '../http/query.js';
import { parseE164 } from '../otp/phone.js';
import type { Routing } from '../otp/route/route.js';
import { ownJobIn, shownCode } from './otp-status.js';

const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;

/** GET /api/v1/otp `?phoneNumber=&status=&limit=&cursor=`: the jobs that the caller has asked for, the newest first. */
export function listOtps({ jobs }: { jobs: Pick<Jobs, 'ofCaller'> }): RequestHandler {
  return async (req, res) => {
    const found = await jobs.ofCaller({ caller: callerOf(res).id, ...readFilter(req) });
    answerJson(res, 200, {
      jobs: found.jobs.map(shownJob),
      nextCursor: found.next === null ? null : String(found.next),
    });
  };
}

/** POST /api/v1/otp/:jobId/cancel: ends all steps of the code that the job belongs to, if the caller has asked for it. */
export function cancelOtp(deps: {
  jobs: Pick<Jobs, 'find'>;
  routing: Pick<Routing, 'storyOf' | 'cancel'>;
}): RequestHandler {
  const { jobs, routing } = deps;
  return async (req, res) => {
    const { jobId } = await ownJobIn(jobs, req, res);
    if (!(await routing.cancel(jobId))) {
      throw new AppError('job_not_cancelable', 'Nothing of this code is left to stop.');
    }
    const after = await ownJobIn(jobs, req, res);
    answerJson(res, 200, shownCode(after, await routing.storyOf(after)));
  };
}

function shownJob(job: JobView) {
  return {
    jobId: job.jobId,
    phoneNumber: job.phoneNumber,
    channel: job.channel,
    status: job.status,
    createdAt: isoOrNull(job.createdAt),
    sentAt: isoOrNull(job.sentAt),
    deliveredAt: isoOrNull(job.deliveredAt),
    readAt: isoOrNull(job.readAt),
    otp_expires_at: isoOrNull(job.expiresAt),
    error: job.error,
  };
}

/** An empty parameter is as if it were left out. Throws fields_invalid. */
function readFilter(req: Request) {
  const query = queryOf(req);
  const text = (name: string) => {
    const [given = '', more] = query.getAll(name);
    if (more !== undefined) throw bad(name, `${name} must be given once`);
    return given === '' ? null : given;
  };
  const [phone, status, limit, cursor] = [text('phoneNumber'), text('status'), text('limit'), text('cursor')];
  return {
    recipient: phone === null ? null : recipientIn(phone),
    status: status === null ? null : statusIn(status),
    limit: limit === null ? DEFAULT_LIMIT : limitIn(limit),
    before: cursor === null ? null : cursorIn(cursor),
  };
}

function recipientIn(text: string): string {
  // A plus that was not encoded is a space in a query.
  const phone = parseE164(text.replace(/^ (?=\d)/, '+'));
  if (phone !== null) return phone;
  throw bad('phoneNumber', 'phoneNumber must be a number in E.164, such as +201001234567');
}

function statusIn(text: string): ShownStatus {
  const status = SHOWN_STATUSES.find((each) => each === text);
  if (status !== undefined) return status;
  throw bad('status', `status must be one of ${SHOWN_STATUSES.join(', ')}`);
}

function limitIn(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw bad('limit', `limit must be a whole number from 1 to ${MAX_LIMIT}`);
}

function cursorIn(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw bad('cursor', 'cursor must be the nextCursor of the page before');
}

function bad(field: string, message: string) {
  return invalidFields([{ field, message }]);
}
