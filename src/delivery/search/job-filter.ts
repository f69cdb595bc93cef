import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { JobStatus } from '../../../database/schema.js';
import { CANCELED, type ShownStatus } from '../job.js';

/** The jobs that an operator looks for; null = all. */
export interface JobFilter {
  status: ShownStatus | null;
  /** Created at or after this time, Unix ms. */
  from: number | null;
  /** Created before this time. */
  to: number | null;
  /** Part of a phone number, an exact code, words of the message, text of the error. */
  q: string | null;
  /** Older than this job. Only with `q`: where a search continues. */
  before?: number | null;
}

/** The statuses of jobs that have ended. */
export const FINISHED = ['sent', 'failed', 'expired', CANCELED] as const satisfies ShownStatus[];

export function isOpen(status: ShownStatus | null): boolean {
  return status === 'pending' || status === 'processing';
}

/**
 * @param column `+created_at` is the same value, but keeps a database from walking through jobs_created.
 */
export function createdWithin(
  { from, to }: Pick<JobFilter, 'from' | 'to'>,
  column: 'created_at' | '+created_at' = 'created_at',
): RawBuilder<SqlBool> {
  const time = sql.raw(column);
  const bounds = [
    ...(from === null ? [] : [sql`${time} >= ${from}`]),
    ...(to === null ? [] : [sql`${time} < ${to}`]),
  ];
  return bounds.length === 0 ? sql<SqlBool>`TRUE` : sql<SqlBool>`${sql.join(bounds, sql` AND `)}`;
}

export function hasStatus(status: ShownStatus | null): RawBuilder<SqlBool> {
  if (status === null) return sql<SqlBool>`TRUE`;
  const stored = sql<SqlBool>`status = ${storedAs(status)}`;
  if (status === CANCELED) return sql<SqlBool>`(${stored} AND error_code = ${CANCELED})`;
  return status === 'failed' ? sql<SqlBool>`(${stored} AND COALESCE(error_code, '') <> ${CANCELED})` : stored;
}

/** The status of the row. */
export function storedAs(status: ShownStatus): JobStatus {
  return status === CANCELED ? 'failed' : status;
}

/** The newest job that a search may find. @param upTo an additional bound. */
export function upToOf({ before = null }: JobFilter, upTo = Number.MAX_SAFE_INTEGER): { upTo: number } {
  return { upTo: before === null ? upTo : Math.min(upTo, before - 1) };
}
