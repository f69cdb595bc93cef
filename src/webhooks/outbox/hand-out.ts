import type { Insertable } from 'kysely';
import type { Store, Tables } from '../../../database/schema.js';
import type { Clock } from '../../clock.js';
import type { Routing } from '../../otp/route/route.js';
import { type EndpointRow, eventsIn, hasKey } from '../endpoints/rows.js';
import { bodyOf, type EventRow, newMessageId } from './body.js';

/** Turns what has happened into deliveries: one for each endpoint that wants to hear of it. */
export interface HandOut {
  /** Resolves with whether anything stays, until more is known of it. */
  run(): Promise<boolean>;
}

const AT_ONCE = 200;
const ROWS_AT_ONCE = 500;
/** Whether a failed message was the last of its code is known once the code has taken its next step, or has none. */
const ENDINGS: ReadonlySet<string> = new Set(['code.failed', 'code.expired']);
/** Longer than a step takes to begin. */
const UNDECIDED_MS = 10_000;

export function createHandOut(deps: {
  store: Store;
  clock: Clock;
  routing: Pick<Routing, 'stepsLeft'>;
}): HandOut {
  const { store, clock, routing } = deps;

  /** By the event's id; undecided ones are left out. Null: that is no question. */
  async function finals(events: EventRow[]): Promise<Map<number, boolean | null>> {
    const endings = events.filter(({ type }) => ENDINGS.has(type));
    const codeIds = new Set(endings.flatMap(({ code_id: id }) => id ?? []));
    const left = codeIds.size > 0 ? await routing.stepsLeft([...codeIds]) : new Map();
    const found = new Map<number, boolean | null>();
    for (const event of events) {
      const { id, code_id: codeId, at } = event;
      if (!ENDINGS.has(event.type)) found.set(id, null);
      else if (codeId === null) found.set(id, true);
      else if (left.get(codeId) !== 'undecided') found.set(id, left.get(codeId) !== 'some');
      else if (clock.now() - at > UNDECIDED_MS) found.set(id, false);
    }
    return found;
  }

  async function handOut(events: EventRow[], known: Map<number, boolean | null>): Promise<void> {
    await store.transaction().execute(async (trx) => {
      const taken = await trx
        .deleteFrom('webhook_events')
        .where(
          'id',
          'in',
          events.map(({ id }) => id),
        )
        .returning('id')
        .execute();
      const ours = new Set(taken.map(({ id }) => id));
      const endpoints = await trx
        .selectFrom('webhook_endpoints')
        .selectAll()
        .where('disabled_at', 'is', null)
        .where(hasKey(clock.now()))
        .execute();
      const rows = events
        .filter(({ id }) => ours.has(id))
        .flatMap((event) => deliveriesOf(event, endpoints, known.get(event.id) ?? null, clock.now()));
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        await trx
          .insertInto('webhook_deliveries')
          .values(rows.slice(from, from + ROWS_AT_ONCE))
          .execute();
      }
    });
  }

  return {
    async run() {
      let isLeft = false;
      for (let after = 0; ; ) {
        const events = await store
          .selectFrom('webhook_events')
          .selectAll()
          .where('id', '>', after)
          .orderBy('id')
          .limit(AT_ONCE)
          .execute();
        const known = await finals(events);
        const ready = events.filter(({ id }) => known.has(id));
        if (ready.length > 0) await handOut(ready, known);
        isLeft ||= ready.length < events.length;
        after = events.at(-1)?.id ?? after;
        if (events.length < AT_ONCE) return isLeft;
      }
    },
  };
}

type Delivery = Insertable<Tables['webhook_deliveries']>;

function deliveriesOf(
  event: EventRow,
  endpoints: EndpointRow[],
  final: boolean | null,
  now: number,
): Delivery[] {
  const messageId = newMessageId();
  return endpoints.filter(hears(event)).map((endpoint) => ({
    endpoint_id: endpoint.id,
    message_id: messageId,
    type: event.type,
    body: bodyOf(event, { fullNumbers: endpoint.full_numbers_at !== null, final }),
    event_at: event.at,
    wanted_at: event.at,
    status: 'waiting',
    due_at: now,
  }));
}

function hears({ type, hearer }: EventRow) {
  return (endpoint: EndpointRow) => {
    const wanted = eventsIn(endpoint);
    const isMeant = hearer === null || endpoint.caller === hearer;
    return isMeant && (wanted === null || wanted.some((each) => each === type));
  };
}
