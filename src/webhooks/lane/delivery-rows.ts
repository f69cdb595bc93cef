import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Store, Tables } from '../../../database/schema.js';
import { isOver } from '../../deadline.js';
import type { Tried } from './attempt.js';
import type { Delivery } from './delivery.js';
import { LONGEST_WAIT_MS, retryAt } from './schedule.js';

export type DeliveryRow = Selectable<Tables['webhook_deliveries']>;

/** Longer than any attempt takes. */
export const LEASE_MS = 60_000;
/** The newest of each endpoint, once they have arrived. */
export const KEPT = 50;
const DUE = { until: 'due_at', ruleMs: LONGEST_WAIT_MS };
const LEASE = { until: 'lease_until', ruleMs: LEASE_MS };

/** SQL: it waits, nobody is at it, and its time has come. */
function isDue(now: number) {
  return sql<SqlBool>`(status = 'waiting' AND (attempts = 0 OR ${isOver(DUE, now)})
    AND (lease_until IS NULL OR ${isOver(LEASE, now)}))`;
}

/** The endpoints in use for which something is due. */
export async function endpointsDue(store: Store, now: number): Promise<string[]> {
  const rows = await store
    .selectFrom('webhook_endpoints')
    .select('id')
    .where('disabled_at', 'is', null)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_deliveries')
          .select(sql.lit(1).as('one'))
          .whereRef('endpoint_id', '=', 'webhook_endpoints.id')
          .where(isDue(now)),
      ),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** When the next delivery that waits is due; null: none waits. */
export async function nextDueAt(store: Store): Promise<number | null> {
  const row = await store
    .selectFrom('webhook_deliveries')
    .innerJoin('webhook_endpoints as endpoint', 'endpoint.id', 'endpoint_id')
    .select(({ fn }) => fn.min('due_at').as('at'))
    .where('status', '=', sql.lit('waiting'))
    .where('lease_until', 'is', null)
    .where('endpoint.disabled_at', 'is', null)
    .executeTakeFirst();
  return row?.at == null ? null : Number(row.at);
}

/** Takes the next one under a lease; null: none is due, or the endpoint is not in use. */
export async function claimDelivery(
  store: Store,
  endpointId: string,
  now: number,
): Promise<DeliveryRow | null> {
  const next = store
    .selectFrom('webhook_deliveries as due')
    .select('due.id')
    .where('due.endpoint_id', '=', endpointId)
    .where(isDue(now))
    .orderBy('due_at')
    .orderBy('due.id')
    .limit(1);
  const row = await store
    .updateTable('webhook_deliveries')
    .set({ lease_until: now + LEASE_MS })
    .where('id', '=', next)
    .where(isDue(now))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_endpoints as endpoint')
          .select(sql.lit(1).as('one'))
          .where('endpoint.id', '=', endpointId)
          .where('endpoint.disabled_at', 'is', null),
      ),
    )
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** What an attempt has come to. Nothing changes when the delivery is no longer ours. */
export async function settleDelivery(
  trx: Store,
  row: DeliveryRow,
  tried: Tried,
  { now, random, isLast }: { now: number; random: number; isLast: boolean },
): Promise<void> {
  const attempts = row.attempts + 1;
  const { problem, retryAfterMs } = tried;
  const again = isLast ? null : retryAt({ attempts, wantedAt: row.wanted_at, retryAfterMs }, now, random);
  const rest = problem === null ? ARRIVED : again === null ? DEAD : { due_at: again };
  await trx
    .updateTable('webhook_deliveries')
    .set({
      ...rest,
      attempts,
      lease_until: null,
      tried_at: tried.at,
      took_ms: tried.tookMs,
      http_status: tried.httpStatus,
      problem,
      answer: tried.answer,
    })
    .where('id', '=', row.id)
    .where('status', '=', 'waiting')
    .where('lease_until', '=', row.lease_until)
    .execute();
}

const ARRIVED = { status: 'arrived', body: null } as const;
export const DEAD = { status: 'dead' } as const;

/** Nobody else is at work: what an earlier run had in hand is due again. */
export async function dropLeases(store: Store): Promise<void> {
  const held = store.updateTable('webhook_deliveries').set({ lease_until: null });
  await held.where('lease_until', 'is not', null).execute();
}

export function deliveryOf(row: DeliveryRow): Delivery {
  const { tried_at: at } = row;
  return {
    id: row.message_id,
    type: row.type,
    at: row.event_at,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.status === 'waiting' ? row.due_at : null,
    lastAttempt:
      at === null
        ? null
        : {
            at,
            tookMs: row.took_ms ?? 0,
            httpStatus: row.http_status,
            problem: row.problem,
            answer: row.answer,
          },
  };
}
