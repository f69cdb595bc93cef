import { sql } from 'kysely';
import type { Store } from '../../../database/schema.js';
import type { Alarms } from '../../alarms/alarms.js';
import type { Clock } from '../../clock.js';
import type { EndpointRow } from '../endpoints/rows.js';
import { TEST_TYPE } from '../events.js';
import { DEAD, KEPT } from './delivery-rows.js';
import { webhookAlarm } from './disabling.js';
import { TRIED_FOR_MS } from './schedule.js';

const DAY_MS = 24 * 60 * 60_000;
const KEPT_DEAD_MS = 7 * DAY_MS;
/** Of each endpoint, the newest: whoever answers nothing fills no disk. */
const CEILINGS = { waiting: 10_000, dead: 1_000 };

type Known = Pick<EndpointRow, 'id' | 'caller' | 'url'>;

/** What nobody has taken within a day is given up; what is old, or too much, is removed. */
export function createTidying(deps: {
  store: Store;
  clock: Clock;
  alarms: Alarms;
  ceilings?: typeof CEILINGS;
}): () => Promise<void> {
  const { store, clock, alarms, ceilings = CEILINGS } = deps;

  /** SQL: the `kept`th newest in this state; null: there are not so many. */
  const oldestKept = (endpointId: string, kept: number, status?: 'waiting' | 'dead') =>
    store
      .selectFrom('webhook_deliveries as newer')
      .select('newer.id')
      .where('newer.endpoint_id', '=', endpointId)
      .$if(status !== undefined, (some) => some.where('newer.status', '=', status ?? 'dead'))
      .orderBy('newer.id', 'desc')
      .offset(kept - 1)
      .limit(1);

  async function pruneDone(endpointId: string): Promise<void> {
    await store
      .deleteFrom('webhook_deliveries')
      .where('endpoint_id', '=', endpointId)
      .where(({ eb, and, or }) =>
        or([eb('status', '=', 'arrived'), and([eb('status', '=', 'dead'), eb('type', '=', TEST_TYPE)])]),
      )
      .where('id', '<', oldestKept(endpointId, KEPT))
      .execute();
  }

  /** Resolves with how many there were above the ceiling. */
  async function cut(endpointId: string, status: 'waiting' | 'dead'): Promise<number> {
    const gone = await store
      .deleteFrom('webhook_deliveries')
      .where('endpoint_id', '=', endpointId)
      .where('status', '=', status)
      .where('lease_until', 'is', null)
      .where('id', '<', oldestKept(endpointId, ceilings[status], status))
      .executeTakeFirst();
    return Number(gone.numDeletedRows);
  }

  async function tidyEndpoint(endpoint: Known): Promise<void> {
    await pruneDone(endpoint.id);
    const lost = (await cut(endpoint.id, 'dead')) + (await cut(endpoint.id, 'waiting'));
    if (lost === 0) return;
    const { host } = new URL(endpoint.url);
    const text = `The webhook to ${host} takes less than is sent to it: the oldest events are lost (${endpoint.id}).`;
    const { kind } = webhookAlarm(endpoint, text);
    // It goes on for as long as nobody does anything.
    void alarms.raise({ kind: `${kind} full`, text, everyMs: DAY_MS });
  }

  return async () => {
    const now = clock.now();
    await store
      .updateTable('webhook_deliveries')
      .set({ ...DEAD, problem: sql`COALESCE(problem, ${'It was not tried within a day.'})` })
      .where('status', '=', 'waiting')
      .where('wanted_at', '<=', now - TRIED_FOR_MS)
      .where('lease_until', 'is', null)
      .execute();
    await store
      .deleteFrom('webhook_deliveries')
      .where('status', '=', 'dead')
      .where('event_at', '<=', now - KEPT_DEAD_MS)
      .execute();
    const endpoints = await store.selectFrom('webhook_endpoints').select(['id', 'caller', 'url']).execute();
    for (const endpoint of endpoints) await tidyEndpoint(endpoint);
  };
}
