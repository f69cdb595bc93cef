import * as z from 'zod';
import type { ErrorCode } from '../errors.js';
import { STATUS } from '../http/statuses.js';
import type { Failure } from './operation.js';

/** A year. */
export const MAX_WAIT_SECONDS = 31_536_000;

/** What a failure's code may be for any operation that is behind an API key. */
export const KEY_FAILURES = [
  'api_key_missing',
  'api_key_invalid',
  'scope_missing',
  'address_not_allowed',
  'rate_limited',
  'store_unavailable',
  'internal',
] as const satisfies ErrorCode[];

/** And of one that reads JSON. */
export const BODY_FAILURES = [
  'malformed_json',
  'unsupported_media_type',
  'body_too_large',
  'bad_request',
] as const satisfies ErrorCode[];

/** Why no code goes out. */
export const NOT_SENT = [
  'queue_full',
  'sender_not_paired',
  'sender_logged_out',
  'sender_banned',
  'sender_conflict',
  'sender_restricted',
  'sender_unavailable',
  'sender_disconnected',
  'sending_paused',
  'channel_paused',
  'cold_budget_used',
  'blocked_prefix',
  'sms_unavailable',
  'sms_cap_used',
  'sms_country_not_listed',
  'channel_unavailable',
  'opted_out',
] as const satisfies ErrorCode[];

export const IDEMPOTENCY_FAILURES = [
  'idempotency_key_invalid',
  'idempotency_key_in_flight',
  'idempotency_key_reused',
] as const satisfies ErrorCode[];

export const fieldProblem = z
  .strictObject({
    field: z.string(),
    message: z.string().describe('One sentence for people.'),
  })
  .meta({ id: 'FieldProblem' });

/** The failures of our own API, by status: `message` for people, `code` for programs. */
export function gatewayFailures(...codes: readonly ErrorCode[]): Failure[] {
  return byStatus(
    codes,
    (code) => STATUS[code],
    (status, codesOfStatus) => {
      return z.strictObject({
        message: z.string().describe('One sentence for people.'),
        code: z.enum(codesOfStatus),
        ...((status === 400 || status === 401) && {
          hint: z.string().optional().describe('What to look for in the request.'),
        }),
        ...(codesOfStatus.includes('fields_invalid') && {
          errors: z.array(fieldProblem).optional().describe('With fields_invalid: one entry a field.'),
        }),
        ...(status === 503 && {
          reason: z.string().optional().describe('Why, in one sentence for each code.'),
        }),
        ...(status === 500 && {
          error: z.string().optional().describe('In development: where it happened.'),
        }),
        ...((status === 429 || status === 503) && wait),
      });
    },
  );
}

/** The field that says how long to wait. */
export const wait = {
  retryAfterSeconds: z.int().min(1).max(MAX_WAIT_SECONDS).optional().describe('The same as Retry-After.'),
};

/** The codes in the order of their statuses, with the schema of each status. */
export function byStatus<C extends string | number>(
  codes: readonly C[],
  statusOf: (code: C) => number,
  schemaOf: (status: number, codes: C[]) => z.ZodType,
): Failure[] {
  const found = new Map<number, C[]>();
  for (const code of new Set(codes)) {
    const status = statusOf(code);
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return [...found]
    .sort(([one], [other]) => one - other)
    .map(([status, ofStatus]) => ({ status, codes: ofStatus, schema: schemaOf(status, ofStatus) }));
}
