import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isAhead, isOver, leftOf } from '../../deadline.js';

/**
 * Wrong codes from one client for one account or contact, over all its challenges. From the sixth on, each costs a wait of
 * 30 s, doubling up to an hour; from the thirtieth on, a day. A new code does not reset it (NIST SP 800-63B-4, 3.2.2).
 */
export interface CodeFailures {
  /** Milliseconds until the next try is accepted; 0 = now. */
  blockedForMs(tried: Tried): Promise<number>;
  /** Counts a try as wrong until it turns out to be right. False: the client has to wait, and nothing was counted. */
  count(trx: Store, tried: Tried): Promise<boolean>;
  /** The right code was given. */
  clear(tried: Tried): Promise<void>;
}

/** What a code was given for, and by whom (`Asker.key`). */
export interface Tried {
  subject: string;
  client: string;
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
    async blockedForMs({ subject, client }) {
      const row = await store
        .selectFrom('client_failures')
        .select(['blocked_until', 'failed_at'])
        .where('subject', '=', subject)
        .where('client', '=', client)
        .executeTakeFirst();
      return row ? leftOf(row.blocked_until, row.blocked_until - row.failed_at, clock.now()) : 0;
    },

    async count(trx, { subject, client }) {
      const now = clock.now();
      const counted = await trx
        .insertInto('client_failures')
        .values({ subject, client, failures: 1, blocked_until: 0, failed_at: now })
        .onConflict((conflict) =>
          conflict
            .columns(['subject', 'client'])
            .doUpdateSet({
              failures: sql`client_failures.failures + 1`,
              blocked_until: blockedUntil(now),
              failed_at: now,
            })
            .where(
              isOver({ from: 'client_failures.failed_at', until: 'client_failures.blocked_until' }, now),
            ),
        )
        .returning('subject')
        .execute();
      return counted.length > 0;
    },

    async clear({ subject, client }) {
      await store
        .deleteFrom('client_failures')
        .where('subject', '=', subject)
        .where('client', '=', client)
        .execute();
    },
  };
}

export async function cleanUpFailures(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('client_failures')
    .where('failed_at', '<=', now - KEPT_MS)
    .execute();
  await store
    .updateTable('client_failures')
    .set({ failed_at: now, blocked_until: 0 })
    .where(isAhead({ from: 'failed_at', ruleMs: DAY_MS }, now))
    .execute();
}

/** As SQL over the number of failures so far. */
function blockedUntil(now: number) {
  const at = (ms: number) => sql`CAST(${now + ms} AS BIGINT)`;
  const doubling = Array.from(
    { length: DOUBLINGS },
    (_, step) => sql`WHEN client_failures.failures = ${FREE + step} THEN ${at(FIRST_WAIT_MS * 2 ** step)}`,
  );
  return sql<number>`CASE
    WHEN client_failures.failures + 1 >= ${LOCKED_FROM} THEN ${at(DAY_MS)}
    ${sql.join(doubling, sql` `)}
    WHEN client_failures.failures > ${FREE} THEN ${at(MAX_WAIT_MS)}
    ELSE 0 END`;
}
