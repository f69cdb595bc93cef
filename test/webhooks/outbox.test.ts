import { expect, it } from 'vitest';
import type { Store } from '../../database/schema.js';
import { silentLog } from '../../src/log.js';
import { createLane } from '../../src/webhooks/lane/lane.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { openTold } from './world.js';

const HOUR_MS = 60 * 60_000;

it.each(DATABASES)('an event of an endpoint that was made during a look at %s is kept', async (kind) => {
  const { store, close } = await openTestDatabase(kind);
  const at = 1_700_000_000_000;
  const order = { id: 'wh_1', caller: 'env', url: 'https://example.com/', secret: 'x', created_at: at };
  await store.insertInto('webhook_endpoints').values(order).execute();
  await store.insertInto('webhook_events').values({ type: 'code.sent', at }).execute();
  const lane = createLane({
    store: withFirstSelectEmpty(store),
    clock: createTestClock(at),
    log: silentLog,
    attempt: () => Promise.reject(new Error('nothing is due')),
    prepare: async () => {},
    settled: async () => () => {},
    random: () => 0,
  });
  await lane.start();
  await lane.stop();
  expect(lane.isNeeded()).toBe(false);
  const events = await store.selectFrom('webhook_events').select('type').execute();
  expect(events).toEqual([{ type: 'code.sent' }]);
  await close();
});

/** The same store, of which the first look finds nothing: as it was a moment ago. */
function withFirstSelectEmpty(store: Store): Store {
  let first: unknown = null;
  return store.withPlugin({
    transformQuery({ node, queryId }) {
      if (node.kind === 'SelectQueryNode') first ??= queryId;
      return node;
    },
    transformResult: async ({ result, queryId }) => (queryId === first ? { ...result, rows: [] } : result),
  });
}

it.each(DATABASES)('what is handed out late on %s is tried until a day after it happened', async (kind) => {
  const told = await openTold(kind);
  const { endpoint } = await told.hears('/late', { events: ['code.sent'] });
  told.receiver.answers.set('/late', (res) => void res.writeHead(503).end());
  const at = told.clock.now() - 24 * HOUR_MS + 4_000;
  await told.store.insertInto('webhook_events').values({ type: 'code.sent', hearer: 'env', at }).execute();
  const { deliveries } = told.webhooks();
  const delivery = async () => (await deliveries.list({ id: endpoint.id }))[0];
  const dead = await told.moving('it is given up', async () => {
    const found = await delivery();
    return found?.status === 'dead' ? found : null;
  });
  expect(dead).toMatchObject({ at, attempts: 1, lastAttempt: { httpStatus: 503 } });
  // Whoever asks for it again gives it another day.
  await deliveries.replay({ id: endpoint.id }, dead.id);
  await told.moving('it failed again', async () => ((await delivery())?.attempts === 1 ? true : null));
  expect(await delivery()).toMatchObject({ status: 'waiting' });
  await told.close();
});
