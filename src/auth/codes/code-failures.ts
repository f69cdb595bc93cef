import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isAhead, isOver, leftOf } from '../../deadline.js';

/**
 * Wrong codes for one account over all its challenges. From the sixth on, each costs a wait of 30 s, doubling up to an
 * hour; from the thirtieth on, a day. A new code does not reset it (NIST SP 800-63B-4, 3.2.2).
 */
export interface CodeFailures {
  /** Milliseconds until the next try is accepted; 0 = now. */
  blockedForMs(subject: string): Promise<number>;
  /** Counts a try as wrong until it turns out to be right. False: the account has to wait, and nothing was counted. */
  count(trx: Store, subject: string): Promise<boolean>;
  /** The right code was given. */
  clear(subject: string): Promise<void>;
}

const FREE = 5;
const FIRST_WAIT_MS = 30_000;
const MAX_WAIT_MS = 60 * 60_000;
/** 30 s doubled this often exceeds an hour. */
const DOUBLINGS = 7;
const LOCKED_FROM = 30;
const DAY_MS = 24 * 60 * 60_000;
/** Thirty free tries a month are no more than the one per day that a locked account has anyway. */
const KEPT_MS = 30 * DAY_MS;

export function createCodeFailures(deps: { store: Store; clock: Clock }): CodeFailures {
  const { store, clock } = deps;
  return {
    async blockedForMs(subject) {
      const row = await store
        .selectFrom('code_failures')
        .select(['blocked_until', 'failed_at'])
        .where('subject', '=', subject)
        .executeTakeFirst();
      return row ? leftOf(row.blocked_until, row.blocked_until - row.failed_at, clock.now()) : 0;
    },

    async count(trx, subject) {
      const now = clock.now();
      const counted = await trx
        .insertInto('code_failures')
        .values({ subject, failures: 1, blocked_until: 0, failed_at: now })
        .onConflict((conflict) =>
          conflict
            .column('subject')
            .doUpdateSet({
              failures: sql`code_failures.failures + 1`,
              blocked_until: blockedUntil(now),
              failed_at: now,
            })
            .where(isOver({ from: 'code_failures.failed_at', until: 'code_failures.blocked_until' }, now)),
        )
        .returning('subject')
        .execute();
      return counted.length > 0;
    },

    async clear(subject) {
      await store.deleteFrom('code_failures').where('subject', '=', subject).execute();
    },
  };
}

export async function cleanUpFailures(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('code_failures')
    .where('failed_at', '<=', now - KEPT_MS)
    .execute();
  await store
    .updateTable('code_failures')
    .set({ failed_at: now, blocked_until: 0 })
    .where(isAhead({ from: 'failed_at', ruleMs: DAY_MS }, now))
    .execute();
}

/** As SQL over the number of failures so far. */
function blockedUntil(now: number) {
  const at = (ms: number) => sql`CAST(${now + ms} AS BIGINT)`;
  const doubling = Array.from(
    { length: DOUBLINGS },
    (_, step) => sql`WHEN code_failures.failures = ${FREE + step} THEN ${at(FIRST_WAIT_MS * 2 ** step)}`,
  );
  return sql<number>`CASE
    WHEN code_failures.failures + 1 >= ${LOCKED_FROM} THEN ${at(DAY_MS)}
    ${sql.join(doubling, sql` `)}
    WHEN code_failures.failures > ${FREE} THEN ${at(MAX_WAIT_MS)}
    ELSE 0 END`;
}
