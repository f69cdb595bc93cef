import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isAhead } from '../../deadline.js';
import { NOTICE } from '../job.js';
import { maxRetryDelayMs, RECONNECT_PAUSE_MS, sendMarginMs } from '../margins.js';
import { isInTime, isReachable } from './claim.js';
import { expired, failed, type Jobs, transition } from './transition.js';

/** What has to be done because time has passed. */
export interface Sweep {
  /** Ends the jobs whose codes have expired. Returns how many. */
  expire(): Promise<number>;
  /** Removes codes, texts and stored answers whose code has expired. Returns how many. */
  wipe(): Promise<number>;
  /** After the clock was set back: ends and wipes what would outlive its lifetime. Returns how many jobs ended. */
  endAhead(): Promise<number>;
  /** A write without effect: rejects while the store cannot commit. */
  probe(): Promise<void>;
}

/** The jobs of a channel that wait for their turn. */
export interface Waiting {
  /** `warmOnly`: those for people whom the sender may write to. */
  count(warmOnly: boolean): Promise<number>;
  /**
   * These people can be written to now: their jobs are due. Returns how many.
   * @param isFirst before all others: the people have just written, and look at the chat.
   */
  hasten(recipients: string[], isFirst: boolean): Promise<number>;
  /** After the clock was set back: makes jobs due that would wait longer than any rule allows. Returns how many. */
  release(): Promise<number>;
  /**
   * For a restriction that ends at `until` (null: unknown): ends jobs to people out of reach that expire before, and
   * all notices, which are not worth a wait. Returns how many.
   */
  failCold(until: number | null): Promise<number>;
}

const FIRST_OF_ALL = 0;
const DAY_MS = 24 * 60 * 60_000;
const LIFE = { from: 'created_at', until: 'expires_at' };

export function createSweep(deps: { store: Store; clock: Clock; account: string; ttlMs: number }): Sweep {
  const { store, clock, account } = deps;
  const marginMs = sendMarginMs(deps.ttlMs);
  /** A job is ended before it is wiped: one that expires in between waits for the next sweep. */
  let endedUpTo = Number.POSITIVE_INFINITY;

  return {
    async expire() {
      const now = clock.now();
      const hasBody = (jobs: Jobs) => jobs.where('body', 'is not', null);
      // Never written, and too late now: it ends. Possibly written: a receipt may come until the code expires.
      const isTooLate = (jobs: Jobs) =>
        hasBody(jobs)
          .where('status', '=', 'pending')
          .where('writes', '=', 0)
          .where((eb) => eb.not(isInTime(now, deps.ttlMs, marginMs)));
      const isOver = (jobs: Jobs) => isUnfinished(hasBody(jobs)).where('expires_at', '<=', now);
      return await store.transaction().execute(async (trx) => {
        const tooLate = await transition(trx, isTooLate, expired(now));
        const over = await transition(trx, isOver, expired(now));
        endedUpTo = now;
        return tooLate.length + over.length;
      });
    },

    async wipe() {
      const now = clock.now();
      const wiped = await store
        .updateTable('jobs')
        .set({ body: null })
        .where('body', 'is not', null)
        .where('expires_at', '<=', Math.min(now, endedUpTo))
        .executeTakeFirst();
      const answers = store.deleteFrom('idempotency_keys').where('expires_at', '<=', now);
      return Number(wiped.numUpdatedRows + (await answers.executeTakeFirst()).numDeletedRows);
    },

    async endAhead() {
      const now = clock.now();
      const outlives = (jobs: Jobs) => jobs.where('body', 'is not', null).where(isAhead(LIFE, now));
      return await store.transaction().execute(async (trx) => {
        const ended = await transition(trx, (jobs) => isUnfinished(outlives(jobs)), expired(now));
        await outlives(trx.updateTable('jobs').set({ body: null })).execute();
        await trx.deleteFrom('idempotency_keys').where(isAhead(LIFE, now)).execute();
        return ended.length;
      });
    },

    async probe() {
      await store
        .insertInto('service_status')
        .values({ account, state: 'DISCONNECTED', since: clock.now() })
        .onConflict((conflict) => conflict.column('account').doUpdateSet({ account }))
        .execute();
    },
  };
}

/**
 * The first messages to new people of the last day that ended unwritten: each is returned once.
 * @param trx in which the caller takes note of them.
 */
export async function takeUnwritten(
  trx: Store,
  now: number,
): Promise<{ at: number; caller: string | null }[]> {
  const ended = await trx
    .selectFrom('jobs')
    .select(['id', 'caller', 'cold_at'])
    .where('cold_at', '>', now - DAY_MS)
    .where('writes', '=', sql.lit(0))
    .where('finished_at', 'is not', null)
    .execute();
  if (ended.length === 0) return [];
  const ids = ended.map(({ id }) => id);
  const taken = await trx
    .updateTable('jobs')
    .set({ cold_at: null })
    .where('id', 'in', ids)
    .where('cold_at', 'is not', null)
    .returning('id')
    .execute();
  const ours = new Set(taken.map(({ id }) => id));
  return ended.flatMap(({ id, caller, cold_at: at }) =>
    ours.has(id) && at !== null ? [{ at, caller }] : [],
  );
}

export function createWaiting(deps: {
  store: Store;
  clock: Clock;
  account: string;
  channel: string;
  ttlMs: number;
}): Waiting {
  const { store, clock, account, channel } = deps;
  const marginMs = sendMarginMs(deps.ttlMs);

  return {
    async count(warmOnly) {
      const waiting = store
        .selectFrom('jobs')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('account', '=', account)
        .where('channel', '=', channel)
        .where('status', '=', sql.lit('pending'));
      const { count } = await (warmOnly
        ? waiting.where(isReachable(clock.now()))
        : waiting
      ).executeTakeFirstOrThrow();
      return Number(count);
    },

    async hasten(recipients, isFirst) {
      const due = await store
        .updateTable('jobs')
        // What goes before all others keeps its place.
        .set({
          run_at: isFirst
            ? FIRST_OF_ALL
            : sql<number>`CASE WHEN run_at > created_at THEN created_at ELSE run_at END`,
        })
        .where('account', '=', account)
        .where('channel', '=', channel)
        .where('recipient', 'in', recipients)
        .where('finished_at', 'is', null)
        .where('status', '=', sql.lit('pending'))
        .where('attempts', '=', 0)
        .executeTakeFirst();
      return Number(due.numUpdatedRows);
    },

    async release() {
      const now = clock.now();
      const hastened = await store
        .updateTable('jobs')
        .set({ run_at: now })
        .where('account', '=', account)
        .where('channel', '=', channel)
        .where('status', '=', sql.lit('pending'))
        .where('run_at', '>', now)
        .where((eb) =>
          eb.or([
            isAhead({ until: 'run_at', ruleMs: maxRetryDelayMs(deps.ttlMs) }, now),
            eb.and([eb('attempts', '=', 0), isAhead({ until: 'run_at', ruleMs: RECONNECT_PAUSE_MS }, now)]),
          ]),
        )
        .executeTakeFirst();
      return Number(hastened.numUpdatedRows);
    },

    async failCold(until) {
      const now = clock.now();
      const isCold = (jobs: Jobs) =>
        jobs
          .where('account', '=', account)
          .where('channel', '=', channel)
          .where('status', '=', sql.lit('pending'))
          .where('writes', '=', 0)
          .where((eb) => {
            const isLate = until === null ? [] : [eb('expires_at', '<', until + marginMs)];
            return eb.or([eb('purpose', '=', NOTICE), eb.and([eb.not(isReachable(now)(eb)), ...isLate])]);
          });
      return await store.transaction().execute(async (trx) => {
        return (await transition(trx, isCold, failed('reach_out_restricted', now))).length;
      });
    },
  };
}

function isUnfinished(jobs: Jobs): Jobs {
  return jobs.where('status', 'in', ['pending', 'processing']);
}
