import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isAhead } from '../../deadline.js';
import { FAILURES } from '../job.js';
import { longestRetryDelayMs, sendMarginMs } from '../margins.js';
import { RECONNECT_PAUSE_MS } from './attempt.js';
import { failed } from './outcomes.js';
import { isWarm } from './queue.js';

/** What has to happen because time has passed. */
export interface Sweep {
  /** Ends the jobs whose code has no life left. Returns how many. */
  expire(): Promise<number>;
  /** Removes codes, texts and stored answers whose code has expired. */
  wipe(): Promise<void>;
  /** After the clock was set back: ends and wipes what would outlive its own life. Returns how many jobs ended. */
  endAhead(): Promise<number>;
  /** After the clock was set back: lets go of jobs that would wait longer than any wait is. Returns how many. */
  release(): Promise<number>;
  /**
   * Ends the waiting jobs for numbers never written to that cannot go out before `until` (null: not told). Returns how
   * many.
   */
  failCold(until: number | null): Promise<number>;
  /** Writes something that changes nothing: rejects while the store cannot commit. */
  probe(): Promise<void>;
  /** How many jobs wait for their turn; `warmOnly`: those for known numbers. */
  countWaiting(warmOnly: boolean): Promise<number>;
}

const LIFE = { from: 'created_at', until: 'expires_at' };

export function createSweep(deps: {
  store: Store;
  clock: Clock;
  account: string;
  channel: string;
  ttlMs: number;
}): Sweep {
  const { store, clock, account, channel } = deps;
  const marginMs = sendMarginMs(deps.ttlMs);

  return {
    async expire() {
      const now = clock.now();
      const open = store.updateTable('jobs').set(expired(now)).where('body', 'is not', null);
      // Never written and too late to be: it ends now. Perhaps written: a receipt may come as long as the code lives.
      const unwritten = await open
        .where('status', '=', 'pending')
        .where('writes', '=', 0)
        .where('expires_at', '<=', now + marginMs)
        .executeTakeFirst();
      const others = await open
        .where('status', 'in', ['pending', 'processing'])
        .where('expires_at', '<=', now)
        .executeTakeFirst();
      return Number(unwritten.numUpdatedRows + others.numUpdatedRows);
    },

    async wipe() {
      const now = clock.now();
      await store
        .updateTable('jobs')
        .set({ body: null })
        .where('body', 'is not', null)
        .where('expires_at', '<=', now)
        .execute();
      await store.deleteFrom('idempotency_keys').where('expires_at', '<=', now).execute();
    },

    async endAhead() {
      const now = clock.now();
      const ahead = store.updateTable('jobs').where('body', 'is not', null).where(isAhead(LIFE, now));
      const open = await ahead
        .set(expired(now))
        .where('status', 'in', ['pending', 'processing'])
        .executeTakeFirst();
      await ahead.set({ body: null }).execute();
      await store.deleteFrom('idempotency_keys').where(isAhead(LIFE, now)).execute();
      return Number(open.numUpdatedRows);
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
            isAhead({ until: 'run_at', ruleMs: longestRetryDelayMs(deps.ttlMs) }, now),
            eb.and([eb('attempts', '=', 0), isAhead({ until: 'run_at', ruleMs: RECONNECT_PAUSE_MS }, now)]),
          ]),
        )
        .executeTakeFirst();
      return Number(hastened.numUpdatedRows);
    },

    async failCold(until) {
      const now = clock.now();
      let cold = store
        .updateTable('jobs')
        .set(failed('reach_out_restricted', now))
        .where('account', '=', account)
        .where('channel', '=', channel)
        .where('status', '=', sql.lit('pending'))
        .where('writes', '=', 0)
        .where((eb) => eb.not(isWarm(eb)));
      if (until !== null) cold = cold.where('expires_at', '<', until + marginMs);
      return Number((await cold.executeTakeFirst()).numUpdatedRows);
    },

    async probe() {
      await store
        .insertInto('service_status')
        .values({ account, state: 'DISCONNECTED', since: clock.now() })
        .onConflict((conflict) => conflict.column('account').doUpdateSet({ account }))
        .execute();
    },

    async countWaiting(warmOnly) {
      const waiting = store
        .selectFrom('jobs')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('account', '=', account)
        .where('channel', '=', channel)
        .where('status', '=', sql.lit('pending'));
      const { count } = await (warmOnly ? waiting.where(isWarm) : waiting).executeTakeFirstOrThrow();
      return Number(count);
    },
  };
}

function expired(now: number) {
  return {
    status: 'expired' as const,
    error_code: sql<string>`CASE WHEN writes = 0 THEN 'code_expired' ELSE 'unconfirmed' END`,
    error_message: sql<string>`CASE WHEN writes = 0 THEN ${FAILURES.code_expired} ELSE ${FAILURES.unconfirmed} END`,
    lease_owner: null,
    lease_until: null,
    finished_at: now,
  };
}
