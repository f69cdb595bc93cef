import * as z from 'zod';
import { CANCELED, FAILURES, SHOWN_STATUSES } from '../../delivery/job.js';
import type { Parameter } from '../operation.js';
import { attempt, jobId, moment, momentOrNull, sendErrorOrNull } from '../parts.js';

export const job = z
  .strictObject({
    jobId,
    phoneNumber: z.string().nullable(),
    status: z.enum(SHOWN_STATUSES).describe('Of the code, over all steps of its route.'),
    createdAt: moment,
    sentAt: momentOrNull,
    deliveredAt: momentOrNull,
    readAt: momentOrNull,
    otp_expires_at: momentOrNull,
    error: sendErrorOrNull,
    attempts: z.array(attempt).describe('One for each send, also for a channel that took nothing.'),
  })
  .meta({ id: 'Job' });

export const listedJob = z
  .strictObject({
    jobId,
    phoneNumber: z.string().nullable(),
    channel: z.string(),
    status: z.enum(SHOWN_STATUSES).describe('Of this message.'),
    createdAt: moment,
    sentAt: momentOrNull,
    deliveredAt: momentOrNull,
    readAt: momentOrNull,
    otp_expires_at: momentOrNull,
    error: sendErrorOrNull,
  })
  .meta({ id: 'ListedJob' });

export const CANCELED_ERROR = { code: CANCELED, message: FAILURES[CANCELED] };
export const WITHOUT_RECEIPT = {
  jobId: 1,
  phoneNumber: '+201001234567',
  createdAt: '2026-11-21T03:10:01.705Z',
  sentAt: null,
  deliveredAt: null,
  readAt: null,
  otp_expires_at: '2026-11-21T03:15:01.705Z',
};

export const jobInPath: Parameter = {
  name: 'jobId',
  in: 'path',
  description: 'Of the answer that sent it.',
  schema: z.string().regex(/^\d+$/),
  sample: '1',
};
