import { sql } from 'kysely';
import type { JobStatus } from '../../database/schema.js';

/**
 * What the search index knows of a job. The marks keep its parts apart; whether a job really matches is decided on its
 * row. A job that failed or expired has an error: when it gets one, its document is written anew.
 */
export const documentOfJob = sql<string>`recipient || '#' || substr(code_hash, 1, 8)
  || COALESCE('@' || CAST(message_shape AS TEXT) || '@', '')
  || CASE status WHEN 'failed' THEN '!f!' WHEN 'expired' THEN '!e!' ELSE '' END
  || COALESCE(${'\n'} || error_code || ${'\n'} || error_message, '')`;

export function codeMark(codeHash: string): string {
  return `#${codeHash.slice(0, 8)}`;
}

export function shapeMark(shapeId: number): string {
  return `@${shapeId}@`;
}

/** What every document of a job with this status holds. */
export function statusMarks(status: JobStatus | null): string[] {
  if (status === 'failed') return ['!f!'];
  return status === 'expired' ? ['!e!'] : [];
}
