import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { isAhead, isOver, leftOf } from '../../deadline.js';

/** How many codes a contact may get for one client (`Asker.key`), through all contracts together: five in any ten minutes. */
export interface SendLimits {
  /** Counts one more code. Resolves with null, or with the milliseconds until the next one is allowed. */
  reserve(contact: string, client: string, cooldownMs: number): Promise<number | null>;
  /** Whether a code went there in the last day, whoever asked for it. */
  isKnown(contact: string): Promise<boolean>;
  /** A code was used: the next one need not wait for the cooldown, only for the five in ten minutes. */
  endCooldown(trx: Store, contact: string): Promise<void>;
  /** The code did not go out after all. */
  refund(contact: string, client: string): Promise<void>;
}

const WINDOW_MS = 10 * 60_000;
const KEPT_MS = 24 * 60 * 60_000;

/** The last five times are in one row: one conditional statement counts, however many requests come at once. */
export function createSendLimits(deps: { store: Store; clock: Clock }): SendLimits {
  const { store, clock } = deps;
  return {
    async reserve(contact, client, cooldownMs) {
      const now = clock.now();
      const counted = await store
        .insertInto('client_sends')
        .values({
          contact,
          client,
          cooling_since: now,
          sent_1: now,
          sent_2: 0,
          sent_3: 0,
          sent_4: 0,
          sent_5: 0,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['contact', 'client'])
            .doUpdateSet({
              cooling_since: now,
              sent_5: sql`client_sends.sent_4`,
              sent_4: sql`client_sends.sent_3`,
              sent_3: sql`client_sends.sent_2`,
              sent_2: sql`CASE WHEN ${isAhead(since('sent_1'), now)} THEN 0 ELSE client_sends.sent_1 END`,
              sent_1: now,
            })
            .where(isOver(since('sent_5'), now))
            .where(isOver({ from: 'client_sends.cooling_since', ruleMs: cooldownMs }, now)),
        )
        .returning('contact')
        .execute();
      return counted.length > 0 ? null : await waitMs(contact, client, cooldownMs, now);
    },

    async isKnown(contact) {
      const row = await store
        .selectFrom('client_sends')
        .select('contact')
        .where('contact', '=', contact)
        .where('sent_1', '>', clock.now() - KEPT_MS)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    async endCooldown(trx, contact) {
      await trx
        .updateTable('client_sends')
        .set({ cooling_since: 0 })
        .where('contact', '=', contact)
        .execute();
    },

    async refund(contact, client) {
      await store
        .updateTable('client_sends')
        .set({
          cooling_since: sql`sent_2`,
          sent_1: sql`sent_2`,
          sent_2: sql`sent_3`,
          sent_3: sql`sent_4`,
          sent_4: sql`sent_5`,
          sent_5: 0,
        })
        .where('contact', '=', contact)
        .where('client', '=', client)
        .execute();
    },
  };

  async function waitMs(contact: string, client: string, cooldownMs: number, now: number): Promise<number> {
    const row = await store
      .selectFrom('client_sends')
      .selectAll()
      .where('contact', '=', contact)
      .where('client', '=', client)
      .executeTakeFirst();
    const left = (from: number, ruleMs: number) => leftOf(from + ruleMs, ruleMs, now);
    return Math.max(1, left(row?.sent_5 ?? 0, WINDOW_MS), left(row?.cooling_since ?? 0, cooldownMs));
  }
}

/** Deletes rows that can no longer hold up a code. */
export async function cleanUpSends(store: Store, now: number): Promise<void> {
  await store
    .deleteFrom('client_sends')
    .where((eb) => eb.or([eb('sent_1', '<=', now - KEPT_MS), isAhead(since('sent_1'), now)]))
    .execute();
}

function since(column: 'sent_1' | 'sent_5') {
  return { from: `client_sends.${column}`, ruleMs: WINDOW_MS };
}
