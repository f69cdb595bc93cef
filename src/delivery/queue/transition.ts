import { type Compilable, sql, type UpdateObject, type UpdateQueryBuilder, type UpdateResult } from 'kysely';
import { compileOnce } from '../../../database/queries/compiled.js';
import type { JobRow, Store, Tables } from '../../../database/schema.js';
import { FAILURES, type FailureReason } from '../job.js';
import { type NewEvent, writeEvents } from '../job-events.js';

/** The UPDATE, to be narrowed to the jobs that change: its conditions decide, and its rows are the answer. */
export type Jobs = UpdateQueryBuilder<Tables, 'jobs', 'jobs', UpdateResult>;
export type Which = (jobs: Jobs) => Jobs;
/** A status with all columns that follow from it, as the functions below return it. */
export type Target = UpdateObject<Tables, 'jobs'>;
export type ChangedJob = Pick<JobRow, 'id' | 'status'>;

/**
 * The one way to change a job's status: the row (whose triggers keep the counters) and its story, in the caller's
 * transaction. Returns the jobs that have changed.
 * @param why an event for their stories; none where the row says it all.
 */
export async function transition(
  trx: Store,
  which: Which,
  to: Target,
  why: NewEvent | null = null,
): Promise<ChangedJob[]> {
  const changed = await which(trx.updateTable('jobs').set(to)).returning(['id', 'status']).execute();
  if (why !== null) {
    const ids = changed.map(({ id }) => id);
    await writeEvents(trx, ids, [why]);
  }
  return changed;
}

type Value<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name];

/** The same for what happens to every message: compiled once, and without an event. */
export function compileTransition<Values extends object, Column extends keyof JobRow>(shape: {
  which(jobs: Jobs, value: Value<Values>, store: Store): Jobs;
  to(value: Value<Values>): Target;
  returning: Column[];
}): (trx: Store, values: Values) => Promise<Pick<JobRow, Column>[]> {
  const update = compileOnce<Values, Pick<JobRow, Column>>((store, value) => {
    const jobs = shape.which(store.updateTable('jobs').set(shape.to(value)), value, store);
    return jobs.returning(shape.returning) as Compilable<Pick<JobRow, Column>>;
  });
  return async (trx, values) => (await update(trx, values)).rows;
}

/** Why a message is not to go out any more: its code needs it no longer, or its caller does not want the code. */
export type Withdrawal = 'withdrawn' | 'canceled';

const NO_LEASE = { lease_owner: null, lease_until: null };
const NO_ERROR = { error_code: null, error_message: null };

/** Taken up under a lease. */
export function claimed(lease: { owner: string; sender: string; until: number; at: number }) {
  return {
    status: 'processing',
    sender: lease.sender,
    lease_owner: lease.owner,
    lease_until: lease.until,
    claimed_at: lease.at,
  } satisfies Target;
}

/**
 * Waits for its turn (again). Any sender may claim it, unless the message may have been written: then only the same sender
 * can send the same message again.
 * @param runAt not before this time; unchanged by default.
 * @param unwritten the last write was refused as a whole, and counts for nothing.
 */
export function waiting(runAt?: number, unwritten = false) {
  const writes = unwritten ? sql<number>`CASE WHEN writes = 0 THEN 0 ELSE writes - 1 END` : null;
  return {
    status: 'pending',
    sender: sql<string | null>`CASE WHEN ${writes ?? sql.ref('writes')} = 0 THEN NULL ELSE sender END`,
    ...(writes && { writes }),
    ...NO_LEASE,
    ...NO_ERROR,
    ...(runAt !== undefined && { run_at: runAt }),
    finished_at: null,
  } satisfies Target;
}

/** Nobody needs the code of these messages any more: those that have failed forget it. */
export async function forgetFailed(trx: Store, jobIds: number[]): Promise<void> {
  if (jobIds.length === 0) return;
  const failed = trx.updateTable('jobs').where('id', 'in', jobIds).where('status', '=', 'failed');
  await failed.set({ body: null }).where('body', 'is not', null).execute();
}

/** The other side has accepted it. The first time of each kind counts. */
export function sent(times: { at: number; delivered: number | null; read: number | null }) {
  return {
    status: 'sent',
    ...NO_LEASE,
    ...NO_ERROR,
    sent_at: sql`COALESCE(sent_at, ${times.at})`,
    delivered_at: sql`COALESCE(delivered_at, ${times.delivered})`,
    read_at: sql`COALESCE(read_at, ${times.read})`,
    finished_at: sql`COALESCE(finished_at, ${times.at})`,
  } satisfies Target;
}

/** Ends without a confirmed message. A superseded code is worthless at once. */
export function failed(reason: FailureReason, now: number) {
  return {
    status: 'failed',
    error_code: reason,
    error_message: FAILURES[reason],
    ...NO_LEASE,
    ...(reason === 'superseded' && { body: null }),
    finished_at: now,
  } satisfies Target;
}

/** Its code has expired. */
export function expired(now: number) {
  return {
    status: 'expired',
    error_code: sql<string>`CASE WHEN writes = 0 THEN 'code_expired' ELSE 'unconfirmed' END`,
    error_message: sql<string>`CASE WHEN writes = 0 THEN ${FAILURES.code_expired} ELSE ${FAILURES.unconfirmed} END`,
    ...NO_LEASE,
    finished_at: now,
  } satisfies Target;
}

export function superseded(now: number) {
  return ended('superseded', now);
}

/** For a job that was marked by `ended` while it was under way, and has come back unsent. */
export function endedUnderWay(now: number) {
  return {
    ...failed('superseded', now),
    error_code: sql<string>`COALESCE(error_code, 'superseded')`,
    error_message: sql<string>`COALESCE(error_message, ${FAILURES.superseded})`,
  } satisfies Target;
}

/**
 * For unfinished jobs: a waiting one ends here; one that is under way is marked, and not sent again. That it was withdrawn
 * or canceled is written down at once.
 */
export function ended(reason: 'superseded' | 'account_deleted' | Withdrawal, now: number) {
  const kept = (column: string, value: string) =>
    reason === 'withdrawn' || reason === 'canceled' ? sql`CAST(${value} AS TEXT)` : sql.ref(column);
  return {
    overtaken_at: now,
    status: sql`CASE status WHEN 'pending' THEN 'failed' ELSE status END`,
    error_code: sql`CASE status WHEN 'pending' THEN ${reason} ELSE ${kept('error_code', reason)} END`,
    error_message: sql`CASE status WHEN 'pending' THEN ${FAILURES[reason]} ELSE ${kept('error_message', FAILURES[reason])} END`,
    body: sql`CASE status WHEN 'pending' THEN NULL ELSE body END`,
    finished_at: sql`CASE status WHEN 'pending' THEN CAST(${now} AS BIGINT) END`,
  } satisfies Target;
}
