import type { Store } from '../../../database/schema.js';
import type { Alarm, Alarms } from '../../alarms/alarms.js';
import type { Clock } from '../../clock.js';
import type { DisabledFor } from '../endpoints/endpoint.js';
import type { EndpointRow } from '../endpoints/rows.js';
import type { Tried } from './attempt.js';

const DAY_MS = 24 * 60 * 60_000;
/** Of failures only, since the last delivery that arrived. */
const FAILING_MS = 5 * DAY_MS;
const GONE = 410;

/**
 * Notes how an endpoint is doing, in the transaction that stores what became of an attempt: one that is gone, or has failed
 * for days, is no longer used. Resolves with what is to be done after the commit: an operator is told, once.
 */
export function createDisabling({ clock, alarms }: { clock: Clock; alarms: Alarms }) {
  return async (trx: Store, endpoint: EndpointRow, { problem, httpStatus }: Tried): Promise<() => void> => {
    const now = clock.now();
    const own = trx.updateTable('webhook_endpoints').where('id', '=', endpoint.id);
    if (problem === null) {
      await own.set({ failing_since: null, arrived_at: now }).execute();
      return () => {};
    }
    const noted = await own
      .set((eb) => ({ failing_since: eb.fn.coalesce('failing_since', eb.lit(now)) }))
      .returning('failing_since')
      .executeTakeFirst();
    const since = noted?.failing_since ?? now;
    const why = httpStatus === GONE ? 'gone' : now - since >= FAILING_MS ? 'failing' : null;
    if (why === null) return () => {};
    const disabled = await trx
      .updateTable('webhook_endpoints')
      .set({ disabled_at: now, disabled_for: why })
      .where('id', '=', endpoint.id)
      // Not when it has led elsewhere since.
      .where('url', '=', endpoint.url)
      .where('disabled_at', 'is', null)
      .executeTakeFirst();
    if (disabled.numUpdatedRows === 0n) return () => {};
    return () => void alarms.raise(webhookAlarm(endpoint, alarmOf(endpoint, why)));
  };
}

/**
 * Whoever has a key makes and loses as many webhooks as they like: operators are told of one of them in ten minutes. They
 * are told of each of the environment's.
 */
export function webhookAlarm({ id, caller }: Pick<EndpointRow, 'id' | 'caller'>, text: string): Alarm {
  return { kind: `webhook ${caller === 'env' ? id : caller}`, text };
}

/** An address may hold a secret: only its server is named. */
function alarmOf({ url, id }: EndpointRow, why: Exclude<DisabledFor, 'operator'>): string {
  const because = why === 'gone' ? 'it answered 410 Gone' : 'nothing has arrived there for five days';
  return `The webhook to ${new URL(url).host} is no longer used: ${because}. It can be switched on again (${id}).`;
}
