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

/** Of an account; those made by hand may have ids of their own. */
export const accountId = z.string();
/** Of a registration or a challenge. */
export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const SAMPLE_ID = '3f2b8c1e-4d5a-4b6c-8d7e-9f0a1b2c3d4e';
export const SAMPLE_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIzZjJiIn0.c2ln';

/** What an app may rely on about an account. */
export const proven = { email_verified: z.boolean(), phone_verified: z.boolean() };

export const PAGES: Parameter[] = [
  { name: 'page', in: 'query', description: 'The first is 1.', schema: z.int().min(1).max(999_999_999) },
  { name: 'limit', in: 'query', description: 'How many on a page.', schema: z.int().min(1).max(100) },
];
