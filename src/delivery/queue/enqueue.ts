import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Sealer } from '../../sealing.js';
import { type Body, sealBody } from '../body.js';
import type { MessageShapes } from '../message-shapes.js';
import { createGroupCommit, type GroupCommitLimits } from './group-commit.js';
import { nameJobs, reserveIdempotencyKeys } from './idempotency-keys.js';
import { insertJobs, type JobInsert } from './insert-jobs.js';
import type { Enqueued, Joined, JoiningJob, NewJob } from './new-job.js';
import type { Persons } from './persons.js';
import { supersedeAmongNew, supersedeOlder } from './supersede.js';

export interface Enqueue {
  /** Shares its commit with others. Resolves after it; rejects with the store's error when nothing was stored. */
  enqueue(job: NewJob): Promise<Enqueued>;
  /**
   * Joins the caller's transaction. One at a time for the same recipient and purpose: the caller holds a lock that makes
   * others wait, or both jobs would be the newest.
   */
  enqueueIn(trx: Store, job: JoiningJob): Promise<Joined>;
  idle(): Promise<void>;
}

/**
 * @param deps.newMessageId in the format of the channel.
 * @param deps.onCommitted with the number of new jobs, and of older ones that they superseded.
 */
export function createEnqueue(deps: {
  store: Store;
  clock: Clock;
  account: string;
  channel: string;
  /** Remember which messages are the first to their recipients. */
  tracksRecipients: boolean;
  newMessageId(): string;
  bodySealer: Sealer;
  codeHash: (code: string) => string;
  shapes: Pick<MessageShapes, 'idOf' | 'idIn' | 'keep'>;
  persons: Pick<Persons, 'personOf' | 'spellingsOf'>;
  onCommitted(created: number, superseded: number): void;
  limits?: GroupCommitLimits;
}): Enqueue {
  const { store, clock, account, channel, bodySealer, codeHash, shapes, persons } = deps;

  const group = createGroupCommit<NewJob, Enqueued>(async (jobs) => {
    const shapeIds = await Promise.all(jobs.map(({ shape }) => shapes.idOf(shape)));
    const prepared = jobs.map((job, index) => prepare(job, shapeIds[index] ?? null));
    const stored = await store.transaction().execute((trx) => storeIn(trx, prepared));
    deps.onCommitted(stored.ids.size, stored.superseded);
    return prepared.map(({ job, messageId }) => enqueued(job, stored.ids.get(messageId)));
  }, deps.limits);

  const prepare = (job: NewJob, shapeId: number | null): PreparedJob => ({
    job,
    messageId: deps.newMessageId(),
    shapeId,
  });

  async function storeIn(trx: Store, prepared: PreparedJob[]): Promise<Stored> {
    const now = clock.now();
    const fresh = await reserveIdempotencyKeys(trx, prepared, now);
    const older = await supersedeOlder(trx, fresh, persons, now);
    // A row is also built for a silent job, so that it takes the same time.
    const rows = fresh.map((each) => rowOf(each, now)).filter((_, index) => !fresh[index]?.job.silent);
    const inserted = await insertJobs(trx, rows);
    const ids = new Map(inserted.map((row) => [row.message_id, row.id]));
    const made = fresh.flatMap(({ job, messageId }) => {
      const id = ids.get(messageId);
      return id === undefined ? [] : [{ id, job }];
    });
    const among = await supersedeAmongNew(trx, made, persons, now);
    await nameJobs(trx, fresh, ids);
    return { ids, superseded: older + among };
  }

  function rowOf({ job, messageId, shapeId }: PreparedJob, now: number): JobInsert {
    return {
      account,
      channel,
      caller: job.caller,
      code_id: job.codeId ?? null,
      asked_by: job.askedBy ?? null,
      purpose: job.purpose,
      recipient: job.recipient,
      message_id: messageId,
      body: sealBody(bodySealer, bodyOf(job), messageId),
      code_hash: codeHash(job.code),
      message_shape: shapeId,
      status: 'pending',
      run_at: job.runAt ?? now,
      created_at: now,
      expires_at: job.expiresAt,
      cold_at: deps.tracksRecipients ? now : null,
      request_id: job.requestId ?? null,
    };
  }

  return {
    enqueue: group.add,
    idle: group.idle,

    async enqueueIn(trx, job) {
      const shapeId = await shapes.idIn(trx, job.shape);
      const prepared = prepare({ idempotency: null, ...job }, shapeId);
      const { ids, superseded } = await storeIn(trx, [prepared]);
      return {
        jobId: ids.get(prepared.messageId) ?? null,
        committed() {
          shapes.keep(job.shape, shapeId);
          deps.onCommitted(ids.size, superseded);
        },
      };
    },
  };
}

function bodyOf({ code, text, subject, locale }: NewJob): Body {
  return { code, text, subject, locale };
}

interface PreparedJob {
  job: NewJob;
  messageId: string;
  shapeId: number | null;
}

interface Stored {
  /** Ids of the new jobs, by message id. */
  ids: Map<string, number>;
  superseded: number;
}

function enqueued(job: NewJob, jobId: number | undefined): Enqueued {
  if (jobId !== undefined) return { kind: 'created', jobId };
  return { kind: job.silent ? 'silent' : 'duplicate' };
}
