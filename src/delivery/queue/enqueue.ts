import type { Store } from '../../../database/schema.js';
import type { ChannelName } from '../../channels/channel.js';
import type { Clock } from '../../clock.js';
import { randomBytesPooled } from '../../random.js';
import type { Sealer } from '../../sealing.js';
import { sealBody } from '../body.js';
import type { MessageShapes } from '../message-shapes.js';
import { createGroupCommit, type GroupCommitLimits } from './group-commit.js';
import { nameJobs, reserveIdempotencyKeys } from './idempotency-keys.js';
import { insertJobs, type JobInsert } from './insert-jobs.js';
import type { Persons } from './persons.js';
import { newestPerPerson, supersedeOlder } from './supersede.js';

export interface NewJob {
  /** Who asked for it. */
  caller?: string;
  purpose: string;
  recipient: string;
  code: string;
  text: string;
  /** The text with a `CODE_DOT` for each digit of the code. */
  shape: string;
  expiresAt: number;
  /** Stored in the same commit; a second job under the same id is not made. */
  idempotency: { id: string; requestHash: string; response: string } | null;
  /** WhatsApp when nothing else is said. */
  channel?: ChannelName;
  /** All that belongs to the job is done, but there is none. */
  silent?: boolean;
  /** Stored in the same commit. May run again, after a transaction that was rolled back. */
  alongside?: (trx: Store) => Promise<void>;
}

export type Enqueued =
  | { kind: 'created'; jobId: number }
  /** Another process was faster with the same idempotency key. */
  | { kind: 'duplicate' }
  | { kind: 'silent' }
  /** What was to be stored alongside could not be: neither was the job. */
  | { kind: 'refused'; cause: unknown };

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
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  onCommitted(created: number, superseded: number): void;
  limits?: GroupCommitLimits;
}): Enqueue {
  const { store, clock, account, channel, bodySealer, codeHash, shapes, persons } = deps;

  /** A hook that fails takes its own job out of the batch; the others are stored without it. */
  const group = createGroupCommit<Entry, Enqueued>(async (batch) => {
    const refused = new Map<Entry, unknown>();
    for (;;) {
      try {
        const stored = await commit(batch.filter((entry) => !refused.has(entry)));
        return batch.map((entry) => stored.get(entry) ?? { kind: 'refused', cause: refused.get(entry) });
      } catch (error) {
        if (!(error instanceof HookFailed)) throw error;
        refused.set(error.entry, error.cause);
      }
    }
  }, deps.limits);

  async function commit(entries: Entry[]): Promise<Map<Entry, Enqueued>> {
    if (entries.length === 0) return new Map();
    const now = clock.now();
    const shapeIds = await Promise.all(entries.map(({ job }) => shapes.idOf(job.shape)));
    const prepared = entries.map((entry, index) => ({
      entry,
      job: entry.job,
      messageId: newMessageId(),
      shapeId: shapeIds[index] ?? null,
    }));
    const result = await store.transaction().execute(async (trx) => {
      const fresh = await reserveIdempotencyKeys(trx, prepared, now);
      const older = await supersedeOlder(trx, fresh, persons, now);
      const all = fresh.map((each) => rowOf(each, now));
      const rows = newestPerPerson(
        all.filter((_, index) => !fresh[index]?.job.silent),
        persons,
      );
      const superseded = older + rows.filter((row) => row.status === 'failed').length;
      const inserted = await insertJobs(trx, rows);
      const ids = new Map(inserted.map((row) => [row.message_id, row.id]));
      await nameJobs(trx, fresh, ids);
      for (const { entry } of fresh) await runHook(trx, entry);
      return { ids, superseded };
    });
    deps.onCommitted(result.ids.size, result.superseded);
    return new Map(
      prepared.map(({ entry, messageId }) => [entry, enqueued(entry, result.ids.get(messageId))]),
    );
  }

  function rowOf({ job, messageId, shapeId }: PreparedJob, now: number): JobInsert {
    return {
      account,
      channel,
      caller: job.caller ?? null,
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

  return { add: (job) => group.add({ job }), idle: group.idle };
}

/** Each call has its own, whatever it was called with. */
interface Entry {
  job: NewJob;
}

interface PreparedJob {
  job: NewJob;
  messageId: string;
  shapeId: number | null;
}

function enqueued({ job }: Entry, jobId: number | undefined): Enqueued {
  if (jobId !== undefined) return { kind: 'created', jobId };
  return { kind: job.silent ? 'silent' : 'duplicate' };
}

class HookFailed extends Error {
  override readonly name = 'HookFailed';

  constructor(
    readonly entry: Entry,
    cause: unknown,
  ) {
    super('What belongs to a job could not be stored.', { cause });
  }
}

async function runHook(trx: Store, entry: Entry): Promise<void> {
  try {
    await entry.job.alongside?.(trx);
  } catch (cause) {
    throw new HookFailed(entry, cause);
  }
}

/** The shape WhatsApp's own clients use: '3EB0' and 18 hex digits. */
function newMessageId(): string {
  return `3EB0${randomBytesPooled(9).toString('hex').toUpperCase()}`;
}
