import { sql } from 'kysely';
import type { Store } from '../../database/schema.js';
import type { Clock } from '../clock.js';
import { randomBytesPooled } from '../random.js';
import type { Sealer } from '../sealing.js';
import { sealBody } from './body.js';
import { createGroupCommit, type GroupCommitLimits } from './group-commit.js';
import { nameJobs, reserveIdempotencyKeys } from './idempotency-keys.js';
import { insertJobs, type JobInsert } from './insert-jobs.js';
import { FAILURES } from './job.js';
import type { MessageShapes } from './message-shapes.js';

export interface NewJob {
  purpose: string;
  recipient: string;
  code: string;
  text: string;
  /** The text with a `CODE_DOT` for each digit of the code. */
  shape: string;
  expiresAt: number;
  /** Stored in the same commit; a second job under the same id is not made. */
  idempotency: { id: string; requestHash: string; response: string } | null;
}

export type Enqueued =
  | { kind: 'created'; jobId: number }
  /** Another process was faster with the same idempotency key. */
  | { kind: 'duplicate' };

export interface Enqueue {
  /** Resolves after the commit; rejects with the store's error when nothing was stored. */
  add(job: NewJob): Promise<Enqueued>;
  idle(): Promise<void>;
}

/**
 * @param onCommitted how many jobs came in, and how many older ones they replaced.
 */
export function createEnqueue(deps: {
  store: Store;
  clock: Clock;
  account: string;
  channel: string;
  bodySealer: Sealer;
  codeHash: (code: string) => string;
  shapes: Pick<MessageShapes, 'idOf'>;
  onCommitted(created: number, superseded: number): void;
  limits?: GroupCommitLimits;
}): Enqueue {
  const { store, clock, account, channel, bodySealer, codeHash, shapes } = deps;

  const group = createGroupCommit<NewJob, Enqueued>(async (jobs) => {
    const now = clock.now();
    const shapeIds = await Promise.all(jobs.map(({ shape }) => shapes.idOf(shape)));
    const prepared = jobs.map((job, index) => ({
      job,
      messageId: newMessageId(),
      shapeId: shapeIds[index] ?? null,
    }));
    const result = await store.transaction().execute(async (trx) => {
      const fresh = await reserveIdempotencyKeys(trx, prepared, now);
      if (fresh.length === 0) return { ids: new Map<string, number>(), superseded: 0 };
      const older = await supersedeOlder(trx, fresh, now);
      const rows = newestPerRecipient(fresh.map((each) => rowOf(each, now)));
      const superseded = older + rows.filter((row) => row.status === 'failed').length;
      const inserted = await insertJobs(trx, rows);
      const ids = new Map(inserted.rows.map((row) => [row.message_id, row.id]));
      await nameJobs(trx, fresh, ids);
      return { ids, superseded };
    });
    deps.onCommitted(result.ids.size, result.superseded);
    return prepared.map(({ messageId }): Enqueued => {
      const jobId = result.ids.get(messageId);
      return jobId === undefined ? { kind: 'duplicate' } : { kind: 'created', jobId };
    });
  }, deps.limits);

  function rowOf({ job, messageId, shapeId }: PreparedJob, now: number): JobInsert {
    return {
      account,
      channel,
      purpose: job.purpose,
      recipient: job.recipient,
      message_id: messageId,
      body: sealBody(bodySealer, { code: job.code, text: job.text }, messageId),
      code_hash: codeHash(job.code),
      message_shape: shapeId,
      status: 'pending',
      error_code: null,
      error_message: null,
      run_at: now,
      created_at: now,
      expires_at: job.expiresAt,
      finished_at: null,
    };
  }

  return group;
}

interface PreparedJob {
  job: NewJob;
  messageId: string;
  shapeId: number | null;
}

const superseded = {
  status: 'failed',
  error_code: 'superseded',
  error_message: FAILURES.superseded,
  body: null,
} as const;

/**
 * A newer code makes an older one that still waits worthless: it must not arrive after it. One that is under way is
 * marked, so that it does not go out once more. Returns how many waiting ones ended.
 */
async function supersedeOlder(trx: Store, fresh: { job: NewJob }[], now: number): Promise<number> {
  let count = 0;
  for (const purpose of new Set(fresh.map(({ job }) => job.purpose))) {
    const recipients = new Set(fresh.flatMap(({ job }) => (job.purpose === purpose ? [job.recipient] : [])));
    const older = await trx
      .updateTable('jobs')
      .set({
        overtaken_at: now,
        status: sql`CASE status WHEN 'pending' THEN 'failed' ELSE status END`,
        error_code: sql`CASE status WHEN 'pending' THEN ${superseded.error_code} ELSE error_code END`,
        error_message: sql`CASE status WHEN 'pending' THEN ${superseded.error_message} ELSE error_message END`,
        body: sql`CASE status WHEN 'pending' THEN NULL ELSE body END`,
        finished_at: sql`CASE status WHEN 'pending' THEN CAST(${now} AS BIGINT) END`,
      })
      .where('finished_at', 'is', null)
      .where('recipient', 'in', [...recipients])
      .where('purpose', '=', purpose)
      .returning('status')
      .execute();
    count += older.filter(({ status }) => status === 'failed').length;
  }
  return count;
}

/** Two codes for one number in the same commit: the last one counts. */
function newestPerRecipient(rows: JobInsert[]): JobInsert[] {
  const newest = new Map(rows.map((row, index) => [`${row.purpose} ${row.recipient}`, index]));
  if (newest.size === rows.length) return rows;
  return rows.map((row, index) =>
    newest.get(`${row.purpose} ${row.recipient}`) === index
      ? row
      : { ...row, ...superseded, finished_at: row.created_at },
  );
}

/** The shape WhatsApp's own clients use: '3EB0' and 18 hex digits. */
export function newMessageId(): string {
  return `3EB0${randomBytesPooled(9).toString('hex').toUpperCase()}`;
}
