import type { Store } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import { WRITTEN_ON } from '../written-on.js';

/** Whether a code would go nowhere: it can only take WhatsApp, which has just said that it does not know the number. */
export type IsMissing = (phone: string, route: readonly string[] | undefined) => Promise<boolean>;

/** Somebody who has just installed WhatsApp tries again within minutes: the next code asks anew. */
const NO_HOLDS_MS = 60_000;

/** @param deps.account as in `recipients`. @param deps.routing what a code takes that names no route. */
export function createIsMissing(deps: {
  store: Store;
  clock: Clock;
  account: string;
  routing: { routeTo(kind: 'phone'): readonly string[] };
}): IsMissing {
  const { store, clock, account, routing } = deps;
  return async (phone, route = routing.routeTo('phone')) => {
    if (route.some((channel) => channel !== WRITTEN_ON)) return false;
    const row = await store
      .selectFrom('recipients')
      .select('recipient')
      .where('account', '=', account)
      .where('recipient', '=', phone)
      .where('jid', 'is', null)
      .where('checked_at', '>', clock.now() - NO_HOLDS_MS)
      .where('checked_at', '<=', clock.now())
      .executeTakeFirst();
    return row !== undefined;
  };
}
