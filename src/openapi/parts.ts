import * as z from 'zod';
import type { Parameter } from './operation.js';

/** A moment, in UTC with milliseconds. */
export const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .meta({ format: 'date-time' });
export const momentOrNull = moment.nullable();

export const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
export const jobId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

export const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A repeated request with the same key and body gets the first answer again.',
  schema: z.string().min(1).max(255),
};

/** Why a send came to nothing. */
const sendError = z.strictObject({ code: z.string(), message: z.string() }).meta({ id: 'SendError' });
export const sendErrorOrNull = sendError.nullable();

/** One send of a code. */
export const attempt = z
  .strictObject({
    jobId: jobId.nullable().describe('Null: this channel took nothing.'),
    channel: z.string(),
    status: z.string(),
    sentAt: momentOrNull,
    deliveredAt: momentOrNull,
    readAt: momentOrNull,
    error: sendErrorOrNull,
  })
  .meta({ id: 'Attempt' });
