import type { Request } from 'express';
import * as z from 'zod';
import { type ContractErrors, contractShape } from '../contracts/answers.js';
import { AppError, type ErrorCode } from '../errors.js';
import { otherType } from '../http/requests/body-type.js';
import { STATUS } from '../http/statuses.js';
import { BODY_FAILURES, fieldProblem, wait } from './failures.js';
import type { Failure } from './operation.js';

/** What any door of a contract may answer. */
export const DOOR_FAILURES = [
  'fields_invalid',
  'rate_limited',
  'store_unavailable',
  'internal',
] as const satisfies ErrorCode[];

/** And one that reads JSON. */
export const JSON_DOOR_FAILURES = [...BODY_FAILURES, ...DOOR_FAILURES] as const satisfies ErrorCode[];

/** And one that is for operators, in production. */
export const OPERATORS_DOOR_FAILURES = [
  'api_key_missing',
  'api_key_invalid',
  'scope_missing',
  'address_not_allowed',
  ...DOOR_FAILURES,
] as const satisfies ErrorCode[];

/** Why a code of a contract does not go out. */
export const SENDING_FAILURES = [
  'captcha_failed',
  'captcha_unavailable',
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
  'email_unavailable',
  'opted_out',
  'phone_not_served',
] as const satisfies ErrorCode[];

/** How somebody gets a code who has to write first. */
export const writtenFirst = z
  .strictObject({ link: z.string(), number: z.string(), text: z.string() })
  .meta({ id: 'WrittenFirst' });

/** Only for the words of a contract. */
const TEXT = 'text';
const NOT_LOOKED_AT = {} as Request;

/**
 * The failures of a contract by status, with the fields that its own table gives them.
 * @param beside what a refusal that is kept tells for the next call, as the answer without it does.
 */
export function contractFailures(
  errors: ContractErrors,
  codes: readonly ErrorCode[],
  beside: z.ZodRawShape = {},
): Failure[] {
  const shape = contractShape(errors);
  const causes = [...new Set(codes)].map((cause) => {
    const problems = cause === 'fields_invalid' ? [{ field: TEXT, message: TEXT }] : undefined;
    return new AppError(cause, TEXT, problems && { problems });
  });
  if (codes.includes('unsupported_media_type')) causes.push(otherType());
  const shown = causes.map((known) => {
    const { status, body } = shape(
      { known, thrown: known, status: STATUS[known.code], retryAfterSeconds: undefined },
      NOT_LOOKED_AT,
    );
    return { status, body: body as Record<string, unknown> };
  });
  const statuses = [...new Set(shown.map(({ status }) => status))].sort((one, other) => one - other);
  return statuses.map((status) => {
    const bodies = shown.filter((each) => each.status === status).map(({ body }) => body);
    return {
      status,
      codes: [...new Set(bodies.map(({ code }) => String(code)))],
      schema: schemaOf(status, bodies, beside),
    };
  });
}

/** One alternative for each set of fields. */
function schemaOf(status: number, bodies: Record<string, unknown>[], beside: z.ZodRawShape): z.ZodType {
  const bySet = new Map<string, Record<string, unknown>[]>();
  for (const body of bodies) {
    const set = Object.keys(body).sort().join();
    bySet.set(set, [...(bySet.get(set) ?? []), body]);
  }
  const alternatives = [...bySet.values()].map((alike) => alternative(status, alike, beside));
  const [only] = alternatives;
  return alternatives.length === 1 && only ? only : z.union(alternatives);
}

function alternative(
  status: number,
  [first = {}, ...others]: Record<string, unknown>[],
  beside: z.ZodRawShape,
) {
  const codes = [first, ...others].map(({ code }) => String(code));
  const fields = Object.entries(first).map(([name, value]) => [name, fieldOf(name, value, codes)]);
  return z.strictObject({
    ...(Object.fromEntries(fields) as z.ZodRawShape),
    ...(status < 429 && {
      hint: z.string().optional().describe('What was probably meant.'),
    }),
    ...((status === 429 || status >= 500) && wait),
    ...(status === 503 && { ...optionally(beside), userFirst: writtenFirst.optional() }),
  });
}

function fieldOf(name: string, value: unknown, codes: string[]): z.ZodType {
  if (name === 'code') return z.enum([...new Set(codes)]);
  if (name === 'errors') return z.array(fieldProblem);
  return typeof value === 'boolean' ? z.literal(value) : z.string();
}

function optionally(shape: z.ZodRawShape): z.ZodRawShape {
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, (schema as z.ZodType).optional()]),
  );
}
