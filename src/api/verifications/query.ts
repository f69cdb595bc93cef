import type { Request } from 'express';
import type { CodeStatus } from '../../../database/schema.js';
import { invalidFields } from '../../errors.js';
import { queryOf } from '../../http/query.js';
import type { VerificationFilter } from '../../otp/verifications/verification.js';
import { contactField } from './fields.js';

const STATUSES = ['pending', 'approved', 'canceled', 'expired', 'max_checks'] as const satisfies CodeStatus[];
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
export const MAX_WAIT_SECONDS = 25;
const MAX_CURSOR = 100;

/** `?to=&status=&limit=&cursor=`; an empty parameter is as if it were left out. Throws fields_invalid. */
export function readFilter(req: Request): VerificationFilter {
  const query = queryOf(req);
  const status = textOf(query, 'status');
  const cursor = textOf(query, 'cursor');
  if (status !== null && !isStatus(status))
    throw bad('status', `status must be one of ${STATUSES.join(', ')}`);
  if (cursor !== null && cursor.length > MAX_CURSOR) {
    throw bad('cursor', 'cursor must be the nextCursor of the page before');
  }
  return {
    to: contactOf(textOf(query, 'to')),
    status,
    limit: numberOf(query, 'limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT,
    cursor,
  };
}

/** `?wait=25` in milliseconds; 0: not at all. */
export function readWaitMs(req: Request): number {
  return (numberOf(queryOf(req), 'wait', 0, MAX_WAIT_SECONDS) ?? 0) * 1_000;
}

function contactOf(text: string | null): string | null {
  if (text === null) return null;
  // A plus that was not encoded is a space in a query.
  const read = contactField.safeParse(text.replace(/^ (?=\d)/, '+'));
  if (read.success) return read.data.value;
  throw bad('to', read.error.issues[0]?.message ?? 'to is not valid');
}

function numberOf(query: URLSearchParams, name: string, from: number, to: number): number | null {
  const text = textOf(query, name);
  if (text === null) return null;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw bad(name, `${name} must be a whole number from ${from} to ${to}`);
}

function textOf(query: URLSearchParams, name: string): string | null {
  const [text = '', more] = query.getAll(name);
  if (more !== undefined) throw bad(name, `${name} must be given once`);
  return text === '' ? null : text;
}

function isStatus(text: string): text is CodeStatus {
  return (STATUSES as readonly string[]).includes(text);
}

function bad(field: string, message: string) {
  return invalidFields([{ field, message }]);
}
