import type { Selectable } from 'kysely';
import type { Store, Tables } from '../../../database/schema.js';
import { AppError } from '../../errors.js';
import { type EventType, isEventType } from '../events.js';
import type { DisabledFor, Endpoint, WhichEndpoint } from './endpoint.js';

export type EndpointRow = Selectable<Tables['webhook_endpoints']>;

/** Rejects with webhook_not_found. */
export async function findEndpoint(store: Store, { id, caller }: WhichEndpoint): Promise<EndpointRow> {
  const row = await store
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('id', '=', id)
    .$if(caller !== undefined, (own) => own.where('caller', '=', caller ?? ''))
    .executeTakeFirst();
  if (!row) throw new AppError('webhook_not_found', 'There is no such webhook.');
  return row;
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
