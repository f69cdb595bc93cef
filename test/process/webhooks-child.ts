import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../database/connect.js';
import { systemClock } from '../../src/clock.js';
import { openDelivery } from '../support/delivery.js';
import { openCodes } from '../support/issuing.js';
import { createScriptedSender } from '../support/scripted-sender.js';
import { openWebhooks } from '../support/webhooks.js';

// A process that asks for codes, sends them, hears that they arrived, and tells a webhook of all of it, until it is killed.
// `finish`: it asks for none, and ends when everything is told.

const [, , filename = '', url = '', mode = ''] = process.argv;
const GAP_MS = 4;
const clock = systemClock;
const database = await openDatabase({ kind: 'sqlite', filename });
const { store } = database;
const sender = createScriptedSender(clock);
sender.answer = async ({ messageId }) => {
  setTimeout(() => sender.report({ messageId, kind: 'delivered', at: clock.now() }), GAP_MS);
  return clock.now();
};
const delivery = openDelivery({
  database,
  sender,
  clock,
  settings: { minSendDelayMs: 0, maxSendDelayMs: 0, ttlMs: 3_000_000 },
});
const { issuer, routing } = openCodes({ database, delivery, clock });
const webhooks = openWebhooks({ database, clock, delivery, routing });
await delivery.start();
if ((await webhooks.endpoints.list()).length === 0) {
  await webhooks.endpoints.create({ caller: 'env', url, events: null, fullNumbers: false });
}
await webhooks.start();
process.stdout.write('open\n');

async function isQuiet(): Promise<boolean> {
  const open = await store.selectFrom('jobs').select('id').where('finished_at', 'is', null).execute();
  const events = await store.selectFrom('webhook_events').select('id').execute();
  const waiting = await store
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('status', '=', 'waiting')
    .execute();
  return open.length + events.length + waiting.length === 0;
}

if (mode === 'finish') {
  while (!(await isQuiet())) await sleep(50);
  await webhooks.stop();
  await delivery.stop();
  await database.close();
} else {
  const order = { caller: 'env', purpose: 'gateway', length: 6, ttlMs: 3_000_000, silent: false };
  for (;;) {
    const value = `+2010${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;
    await issuer.issue({ ...order, contact: { kind: 'phone', value } });
    await sleep(GAP_MS);
  }
}
