import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../database/connect.js';
import { systemClock } from '../src/clock.js';
import { createSimulatedWhatsApp } from '../src/sandbox/whatsapp/index.js';
import { openDelivery } from '../test/support/delivery.js';
import { createScriptedSender } from '../test/support/scripted-sender.js';
import { install } from './product.js';
import { atMost, type Finding, quantile } from './support.js';

const SENDS = 200;
const MEMORY_SENDS = 1_000;
/** An idle gateway: each request finds everything before it long done. */
const PAUSE_MS = 20;
/** After so long without work V8 has given back what the pairing took. */
const IDLE_MS = 20_000;

/** From the request to the handset, each code for a number never written to; and what the process weighs. */
export async function benchHandset(): Promise<Finding[]> {
  const whatsapp = await createSimulatedWhatsApp();
  const installation = install(whatsapp.url);
  const product = await installation.start();
  try {
    await product.pair(whatsapp);
    await sleep(IDLE_MS);
    const idleMiB = product.residentMiB();
    const waits: number[] = [];
    for (let n = 0; n < MEMORY_SENDS; n++) {
      const to = `+2010${20_000_000 + n}`;
      const startedAt = performance.now();
      const { otp } = await product.send(to);
      await whatsapp.waitForMessage((message) => message.to === to && message.text.includes(otp), 10_000);
      if (n < SENDS) waits.push(performance.now() - startedAt);
      if (n < SENDS) await sleep(PAUSE_MS);
    }
    return [
      atMost('request to handset, idle gateway: p50', quantile(waits, 0.5), 300, ' ms'),
      atMost('request to handset, idle gateway: p99', quantile(waits, 0.99), 1_000, ' ms'),
      atMost('resident memory, one idle number', idleMiB, 130, ' MiB'),
      atMost(`resident memory after ${MEMORY_SENDS} sends`, product.residentMiB(), 200, ' MiB'),
    ];
  } finally {
    await product.stop();
    installation.remove();
    await whatsapp.close();
  }
}

/** From the enqueue to the call of the channel, on a number that has nothing else to do. */
export async function benchWake(): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'otp-bench-'));
  const database = await openDatabase({ kind: 'sqlite', filename: join(folder, 'app.db') });
  const sender = createScriptedSender(systemClock, 1);
  const delivery = openDelivery({
    database,
    sender,
    clock: systemClock,
    settings: { minSendDelayMs: 0, maxSendDelayMs: 0 },
  });
  await delivery.start();
  const waits: number[] = [];
  const send = sender.send;
  let calledAt = 0;
  sender.send = (message) => {
    calledAt = performance.now();
    return send(message);
  };
  for (let n = 0; n < SENDS; n++) {
    const startedAt = performance.now();
    await delivery.request(`+2010${10_000_000 + n}`);
    await sleep(PAUSE_MS);
    waits.push(calledAt - startedAt);
  }
  await delivery.stop();
  await database.close();
  rmSync(folder, { recursive: true });
  return [atMost('enqueue to the send call, idle number: p99', quantile(waits, 0.99), 50, ' ms')];
}
