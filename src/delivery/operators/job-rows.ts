import type { JobRow, Store } from '../../../database/schema.js';
import { type JobStory, type JobView, type Retry, shownStatus } from '../job.js';
import { eventsOf } from '../job-events.js';
import type { MessageShapes } from '../message-shapes.js';
import type { Retries } from './retry.js';

/** Jobs by their ids, as they are shown. */
export interface JobRows {
  /** In the order of the ids; deleted ones are left out. */
  views(ids: number[]): Promise<JobView[]>;
  story(jobId: number): Promise<JobStory | null>;
}

const SHOWN = [
  'id',
  'purpose',
  'caller',
  'channel',
  'recipient',
  'status',
  'created_at',
  'claimed_at',
  'sent_at',
  'delivered_at',
  'read_at',
  'expires_at',
  'attempts',
  'error_code',
  'error_message',
] as const satisfies (keyof JobRow)[];
type ShownRow = Pick<JobRow, (typeof SHOWN)[number]>;

export function createJobRows(deps: {
  store: Store;
  retries: Pick<Retries, 'among'>;
  shapes: Pick<MessageShapes, 'textOf'>;
}): JobRows {
  const { store, retries, shapes } = deps;

  async function views(ids: number[]): Promise<JobView[]> {
    if (ids.length === 0) return [];
    const rows = await store.selectFrom('jobs').select(SHOWN).where('id', 'in', ids).execute();
    const byId = new Map(rows.map((row) => [row.id, row]));
    const failed = rows.filter(({ status }) => status === 'failed').map(({ id }) => id);
    const answers = await retries.among(failed);
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row
        ? [viewOf(row, answers.get(id) ?? (row.status === 'expired' ? 'expired' : 'not_failed'))]
        : [];
    });
  }

  return {
    views,
    async story(jobId) {
      const [view] = await views([jobId]);
      const row = await store
        .selectFrom('jobs')
        .select(['finished_at', 'writes', 'message_shape', 'code_id', 'request_id'])
        .where('id', '=', jobId)
        .executeTakeFirst();
      if (!view || !row) return null;
      return {
        ...view,
        message: row.message_shape === null ? null : await shapes.textOf(row.message_shape),
        codeId: row.code_id,
        requestId: row.request_id,
        finishedAt: row.finished_at,
        writes: row.writes,
        events: await eventsOf(store, jobId),
      };
    },
  };
}

function viewOf(row: ShownRow, retry: Retry): JobView {
  return {
    jobId: row.id,
    purpose: row.purpose,
    caller: row.caller,
    channel: row.channel,
    phoneNumber: row.recipient || null,
    status: shownStatus(row),
    createdAt: row.created_at,
    claimedAt: row.claimed_at,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    readAt: row.read_at,
    expiresAt: row.expires_at,
    attempts: row.attempts,
    error: row.error_code ? { code: row.error_code, message: row.error_message ?? '' } : null,
    retry,
  };
}
