import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Store, Tables } from '../../../database/schema.js';
import { AppError } from '../../errors.js';
import { type EventType, isEventType } from '../events.js';
import type { DisabledFor, Endpoint, WhichEndpoint } from './endpoint.js';

export type EndpointRow = Selectable<Tables['webhook_endpoints']>;

const ID = /^wh_[\w-]{22}$/;

/** Rejects with webhook_not_found. */
export async function findEndpoint(store: Store, { id, caller }: WhichEndpoint): Promise<EndpointRow> {
  // PostgreSQL takes no NUL in a text.
  if (!ID.test(id)) throw notFound();
  const row = await store
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('id', '=', id)
    .$if(caller !== undefined, (own) => own.where('caller', '=', caller ?? ''))
    .executeTakeFirst();
  if (!row) throw notFound();
  return row;
}

export function notFound(): AppError {
  return new AppError('webhook_not_found', 'There is no such webhook.');
}

/** @param caller `env` or `key:<id>`. */
export async function countEndpoints(store: Store, caller: string): Promise<number> {
  const { count } = await store
    .selectFrom('webhook_endpoints')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('caller', '=', caller)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** SQL, of an endpoint: whoever it belongs to is the environment, or has a key that is neither revoked nor expired. */
export function hasKey(now: number) {
  return sql<SqlBool>`(webhook_endpoints.caller = 'env' OR EXISTS (SELECT 1 FROM api_keys
    WHERE webhook_endpoints.caller LIKE 'key:%' AND api_keys.id = substr(webhook_endpoints.caller, 5)
      AND api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > ${now})))`;
}

/** @param now Unix ms. */
export function endpointOf(row: EndpointRow, now: number): Endpoint {
  const { disabled_at: disabledAt, former_until: formerUntil } = row;
  return {
    id: row.id,
    caller: row.caller,
    url: row.url,
    events: eventsIn(row),
    fullNumbers: row.full_numbers_at !== null,
    createdAt: row.created_at,
    formerSecretUntil: formerUntil !== null && formerUntil > now ? formerUntil : null,
    disabled:
      disabledAt === null ? null : { at: disabledAt, why: (row.disabled_for ?? 'operator') as DisabledFor },
    failingSince: row.failing_since,
    arrivedAt: row.arrived_at,
  };
}

/** Null: all. */
export function eventsIn({ events }: Pick<EndpointRow, 'events'>): EventType[] | null {
  return events === null ? null : events.split(' ').filter(isEventType);
}
