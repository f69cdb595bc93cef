import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { AppError } from '../../errors.js';
import type { Limits } from '../../limits/index.js';
import { findEndpoint } from '../endpoints/rows.js';
import { TEST_TYPE } from '../events.js';
import { envelope, newMessageId } from '../outbox/body.js';
import type { Attempting } from './attempt.js';
import type { Deliveries, Delivery } from './delivery.js';
import { type DeliveryRow, deliveryOf, KEPT, LEASE_MS, settleDelivery } from './delivery-rows.js';

const ID = /^msg_[\w-]{22}$/;

/** @param deps.onWaiting called when something is due. */
export function createDeliveries(deps: {
  store: Store;
  clock: Clock;
  limits: Pick<Limits, 'count'>;
  attempt: Attempting;
  onWaiting(): void;
}): Deliveries {
  const { store, clock, limits, attempt, onWaiting } = deps;

  async function find(endpointId: string, id: string): Promise<DeliveryRow> {
    if (!ID.test(id)) throw notFound();
    const row = await store
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('endpoint_id', '=', endpointId)
      .where('message_id', '=', id)
      .executeTakeFirst();
    if (!row) throw notFound();
    return row;
  }

  /** Dead ones, which have all their time before them again. */
  async function revive(endpointId: string, id: string | null): Promise<number> {
    const now = clock.now();
    const revived = await store
      .updateTable('webhook_deliveries')
      .set({ status: 'waiting', attempts: 0, due_at: now, wanted_at: now, lease_until: null })
      .where('endpoint_id', '=', endpointId)
      .where('status', '=', 'dead')
      .$if(id !== null, (one) => one.where('message_id', '=', id ?? ''))
      .executeTakeFirst();
    const count = Number(revived.numUpdatedRows);
    if (count > 0) onWaiting();
    return count;
  }

  return {
    async list(which, status) {
      const { id } = await findEndpoint(store, which);
      const rows = await store
        .selectFrom('webhook_deliveries')
        .selectAll()
        .where('endpoint_id', '=', id)
        .$if(status !== undefined, (some) => some.where('status', '=', status ?? 'waiting'))
        .orderBy('id', 'desc')
        .limit(KEPT)
        .execute();
      return rows.map(deliveryOf);
    },

    async counts(which) {
      const { id } = await findEndpoint(store, which);
      const rows = await store
        .selectFrom('webhook_deliveries')
        .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
        .where('endpoint_id', '=', id)
        .groupBy('status')
        .execute();
      const counts: Record<Delivery['status'], number> = { waiting: 0, arrived: 0, dead: 0 };
      for (const { status, count } of rows) counts[status] = Number(count);
      return counts;
    },

    async replay(which, id) {
      const endpoint = await findEndpoint(store, which);
      // First: PostgreSQL takes no NUL in a text.
      await find(endpoint.id, id);
      if ((await revive(endpoint.id, id)) === 0) {
        throw new AppError('delivery_not_dead', 'Only a delivery that was given up is sent again.');
      }
      return deliveryOf(await find(endpoint.id, id));
    },

    async replayAll(which) {
      const { id } = await findEndpoint(store, which);
      return await revive(id, null);
    },

    async test(which) {
      const endpoint = await findEndpoint(store, which);
      await limits.count([{ rule: 'webhook-tests', of: endpoint.caller }]);
      const now = clock.now();
      const body = envelope(TEST_TYPE, now, { webhookId: endpoint.id });
      // Under a lease from the beginning: the lane leaves it alone.
      const row = await store
        .insertInto('webhook_deliveries')
        .values({
          endpoint_id: endpoint.id,
          message_id: newMessageId(),
          type: TEST_TYPE,
          body,
          event_at: now,
          wanted_at: now,
          status: 'waiting',
          due_at: now,
          lease_until: now + LEASE_MS,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const tried = await attempt(endpoint, row.message_id, body);
      await settleDelivery(store, row, tried, { now: clock.now(), random: 0, isLast: true });
      return deliveryOf(await find(endpoint.id, row.message_id));
    },
  };
}

function notFound(): AppError {
  return new AppError('delivery_not_found', 'There is no such delivery, or it is too old.');
}
