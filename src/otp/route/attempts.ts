import type { Store } from '../../../database/schema.js';
import { FAILURES, shownStatus } from '../../delivery/job.js';
import { reasonOf } from '../../delivery/unavailable.js';
import type { Attempt } from './route.js';

/** By code, in order; a code without any has an empty list. */
export async function attemptsOf(store: Store, codeIds: readonly string[]): Promise<Map<string, Attempt[]>> {
  const found = new Map<string, Attempt[]>(codeIds.map((id) => [id, []]));
  if (codeIds.length === 0) return found;
  const rows = await store
    .selectFrom('code_attempts')
    .leftJoin('jobs', 'jobs.id', 'code_attempts.job_id')
    .select([
      'code_attempts.code_id',
      'code_attempts.channel',
      'code_attempts.cause',
      'code_attempts.job_id',
      'code_attempts.at',
      'code_attempts.error',
      'jobs.status',
      'jobs.sent_at',
      'jobs.delivered_at',
      'jobs.read_at',
      'jobs.error_code',
      'jobs.error_message',
    ])
    .where('code_attempts.code_id', 'in', codeIds)
    .orderBy('place')
    .execute();
  for (const row of rows) {
    found.get(row.code_id)?.push({
      jobId: row.job_id,
      channel: row.channel,
      cause: row.cause,
      status:
        row.status === null ? 'failed' : shownStatus({ status: row.status, error_code: row.error_code }),
      at: row.at,
      sentAt: row.sent_at,
      deliveredAt: row.delivered_at,
      readAt: row.read_at,
      error: errorOf(row),
    });
  }
  return found;
}

function errorOf(row: { error: string | null; error_code: string | null; error_message: string | null }) {
  if (row.error_code !== null) return { code: row.error_code, message: row.error_message ?? '' };
  return row.error === null ? null : { code: row.error, message: sentenceOf(row.error) };
}

/** Of a code whose row is gone: its messages, and not the steps that sent nothing. @param made Unix ms. */
export async function messagesOf(
  store: Store,
  codeId: string,
  made: { from: number; until: number },
): Promise<Attempt[]> {
  const rows = await store
    .selectFrom('jobs')
    .select(['id', 'channel', 'status', 'created_at', 'sent_at', 'delivered_at', 'read_at'])
    .select(['error_code', 'error_message'])
    .where('code_id', '=', codeId)
    .where('created_at', '>=', made.from)
    .where('created_at', '<=', made.until)
    .orderBy('id')
    .execute();
  return rows.map((row, index) => ({
    jobId: row.id,
    channel: row.channel,
    cause: index === 0 ? 'start' : 'step',
    status: shownStatus(row),
    at: row.created_at,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    readAt: row.read_at,
    error: errorOf({ ...row, error: null }),
  }));
}

/** Of a step that sent nothing. */
function sentenceOf(code: string): string {
  const failure = (FAILURES as Record<string, string>)[code];
  return failure ?? reasonOf(code) ?? (code === 'used_already' ? USED_ALREADY : NOT_TAKEN);
}

const NOT_TAKEN = 'The channel did not take the code.';
const USED_ALREADY = 'The code had gone out over this channel already.';
