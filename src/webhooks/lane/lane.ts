import type { Store } from '../../../database/schema.js';
import { atMostEvery, type Clock, sleep, type Timer } from '../../clock.js';
import type { Log } from '../../log.js';
import { type EndpointRow, findEndpoint } from '../endpoints/rows.js';
import type { Attempting, Tried } from './attempt.js';
import {
  claimDelivery,
  type DeliveryRow,
  dropLeases,
  endpointsDue,
  nextDueAt,
  settleDelivery,
} from './delivery-rows.js';

/** Brings events to their endpoints: one at a time to each, and to all of them at once. */
export interface Lane {
  /** An endpoint has changed, or something is due. */
  wake(): void;
  /** Something may have happened: nothing is looked at unless there is an endpoint. */
  noticed(): void;
  /** Whether there is an endpoint, as far as is known. */
  isNeeded(): boolean;
  /** Only to be called by the process that holds the lock on the database. */
  start(): Promise<void>;
  /** Takes nothing new, and waits for what is under way, for a bounded time. */
  stop(): Promise<void>;
}

/** What nobody woke the lane for is found within this time, as long as there is an endpoint. */
const POLL_MS = 2_000;
const IDLE_POLL_MS = 60_000;
/** Much happens in a second: it is looked at no more often than this. */
const REST_MS = 25;
const STORE_RETRY_MS = 1_000;
const STOP_BOUND_MS = 2_000;
/** More endpoints than this that do not answer would hold up others. */
const MAX_AT_ONCE = 256;

/**
 * @param deps.prepare what is done before each look, while there are endpoints: what has happened becomes deliveries.
 * @param deps.settled called in the transaction that stores what became of an attempt; resolves with what is to be done
 * after its commit.
 */
export function createLane(deps: {
  store: Store;
  clock: Clock;
  log: Log;
  attempt: Attempting;
  prepare(): Promise<void>;
  settled(trx: Store, endpoint: EndpointRow, tried: Tried): Promise<() => void>;
  /** 0 to 1. */
  random: () => number;
}): Lane {
  const { store, clock, log, attempt, random } = deps;
  const stopping = new AbortController();
  /** By endpoint. */
  const underWay = new Map<string, Promise<void>>();
  let isNeeded = true;
  let timer: Timer | null = null;
  let looking: Promise<void> | null = null;
  let isWanted = false;
  let started = false;
  let isClosed = false;

  async function look(): Promise<void> {
    isNeeded = await isAnybodyThere();
    if (!isNeeded) return await forgetEvents();
    await deps.prepare();
    for (const id of await endpointsDue(store, clock.now())) {
      if (stopping.signal.aborted || underWay.size >= MAX_AT_ONCE) break;
      if (!underWay.has(id)) underWay.set(id, serve(id));
    }
  }

  async function isAnybodyThere(): Promise<boolean> {
    const row = await store.selectFrom('webhook_endpoints').select('id').limit(1).executeTakeFirst();
    return row !== undefined;
  }

  /** In one statement: an endpoint may have been made since, and an event for it. */
  async function forgetEvents(): Promise<void> {
    await store
      .deleteFrom('webhook_events')
      .where(({ not, exists, selectFrom }) => not(exists(selectFrom('webhook_endpoints').select('id'))))
      .execute();
  }

  async function serve(endpointId: string): Promise<void> {
    try {
      while (!stopping.signal.aborted) {
        const row = await claimDelivery(store, endpointId, clock.now());
        if (!row) break;
        await deliver(row);
      }
    } catch (error) {
      log.error('a webhook could not be served; trying again', { webhook: endpointId, error });
      await sleep(clock, STORE_RETRY_MS, stopping.signal);
    } finally {
      underWay.delete(endpointId);
      // Something may have come while this was ending.
      wakeSoon();
    }
  }

  async function deliver(row: DeliveryRow): Promise<void> {
    const endpoint = await findEndpoint(store, { id: row.endpoint_id });
    const tried = await attempt(endpoint, row.message_id, row.body ?? '');
    // What was cut off by the end of this process is in its hands still: the next one sends it again.
    while (!isClosed) {
      try {
        const after = await store.transaction().execute(async (trx) => {
          // In the order in which the removal of an endpoint locks them.
          const done = await deps.settled(trx, endpoint, tried);
          await settleDelivery(trx, row, tried, { now: clock.now(), random: random(), isLast: false });
          return done;
        });
        return after();
      } catch (error) {
        if (stopping.signal.aborted) return;
        // Under its lease it would be sent again later: what is known is stored as soon as that is possible.
        log.error('what became of a webhook could not be stored; trying again', { error });
        await sleep(clock, STORE_RETRY_MS, stopping.signal);
      }
    }
  }

  async function run(): Promise<void> {
    let failed = false;
    while (isWanted && !stopping.signal.aborted) {
      isWanted = false;
      failed = false;
      await look().catch((error: unknown) => {
        failed = true;
        log.error('webhooks could not be looked at; trying again', { error });
      });
    }
    const waitMs = failed ? STORE_RETRY_MS : await untilNextMs().catch(() => STORE_RETRY_MS);
    timer?.cancel();
    if (!stopping.signal.aborted) timer = clock.after(waitMs, lookNow);
  }

  async function untilNextMs(): Promise<number> {
    if (!isNeeded) return IDLE_POLL_MS;
    const at = await nextDueAt(store);
    return at === null ? POLL_MS : Math.min(Math.max(at - clock.now(), REST_MS), POLL_MS);
  }

  function lookNow(): void {
    if (!started || stopping.signal.aborted) return;
    isWanted = true;
    looking ??= run().finally(() => {
      looking = null;
      if (isWanted) lookNow();
    });
  }

  const wakeSoon = atMostEvery(clock, REST_MS, lookNow);

  return {
    wake() {
      isNeeded = true;
      wakeSoon();
    },
    noticed() {
      if (isNeeded) wakeSoon();
    },
    isNeeded: () => isNeeded,
    async start() {
      await dropLeases(store);
      started = true;
      lookNow();
    },
    async stop() {
      stopping.abort();
      timer?.cancel();
      const rest = Promise.all([looking, ...underWay.values()]);
      await Promise.race([rest, sleep(clock, STOP_BOUND_MS)]);
      isClosed = true;
    },
  };
}
