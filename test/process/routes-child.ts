import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../database/connect.js';
import { systemClock } from '../../src/clock.js';
import { openDelivery } from '../support/delivery.js';
import { openCodes } from '../support/issuing.js';
import { createScriptedChannel } from '../support/scripted-channel.js';
import { createScriptedSender } from '../support/scripted-sender.js';

// A process that asks for codes with a route and sends them, until it is killed. Both channels write down what they are
// handed, as providers do; no receipt ever comes. `finish`: it asks for none, and ends when all is quiet.

const [, , filename = '', journal = '', mode = ''] = process.argv;
const WAIT_MS = 100;
const GAP_MS = 5;
const clock = systemClock;
const database = await openDatabase({ kind: 'sqlite', filename });
const note = (...words: string[]) => appendFileSync(journal, `${words.join(' ')}\n`);

const sender = createScriptedSender(clock);
sender.answer = async ({ recipient, messageId }) => {
  note('whatsapp', recipient, messageId);
  return clock.now();
};
const sms = createScriptedChannel(clock);
const { send } = sms.channel.outlet;
sms.channel.outlet.send = async (message) => {
  const accepted = await send(message);
  note('sms', message.recipient, message.messageId);
  return accepted;
};
const delivery = openDelivery({
  database,
  sender,
  clock,
  settings: { minSendDelayMs: 0, maxSendDelayMs: 0, ttlMs: 300_000 },
  channels: (whatsapp, email) => [whatsapp, sms.channel, email],
});
const settings = { route: ['whatsapp', 'sms'], waitsMs: { whatsapp: WAIT_MS } };
const { issuer, routing } = openCodes({ database, delivery, clock, settings });
await delivery.start();
routing.start();
process.stdout.write('open\n');

async function ask(number: number): Promise<void> {
  const value = `+20100${1_000_000 + number}`;
  const order = { caller: 'env', purpose: 'gateway', length: 6, ttlMs: 300_000, silent: false };
  await issuer.issue({ ...order, contact: { kind: 'phone', value } });
  note('asked', value);
}

async function isQuiet(): Promise<boolean> {
  const followed = await database.store
    .selectFrom('codes')
    .select('id')
    .where('may_follow_until', 'is not', null)
    .execute();
  const waiting = await database.store
    .selectFrom('jobs')
    .select('id')
    .where('finished_at', 'is', null)
    .where((eb) => eb.or([eb('writes', '=', 0), eb('channel', '=', 'whatsapp')]))
    .execute();
  return followed.length + waiting.length === 0;
}

if (mode === 'finish') {
  while (!(await isQuiet())) await sleep(WAIT_MS);
  await routing.stop();
  await delivery.stop();
  await database.close();
} else {
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length : 0;
  for (let number = lines * 10; ; number++) {
    await ask(number);
    await sleep(GAP_MS);
  }
}
