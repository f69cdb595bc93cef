import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../database/root.js';
import { createSimulatedWhatsApp } from '../src/sandbox/whatsapp/index.js';
import { until } from '../test/support/until.js';
import { AFTER_REST_MIB, AFTER_SOAK_MIB } from './memory-bars.js';
import { install, type Product } from './product.js';
import { atMost, type Finding } from './support.js';

const PEOPLE = 10_000;
/** Each person gets one code in each. */
const ROUNDS = 2;
const SENDS = PEOPLE * ROUNDS;
const SHOWN_AFTER = [1_000, 5_000, 10_000];
/** Codes that are accepted and not on the handset yet: few, so that none is refused. */
const UNDER_WAY = 4;
const REST_MS = 10 * 60_000;
/** V8 gives pages back in the background. */
const AFTER_GC_MS = 10_000;
const GC_ON_SIGNAL = ['--expose-gc', '--import', join(projectRoot, 'bench', 'gc-on-signal.js')];

/** What the process weighs while it writes to many people, and after a rest; without the simulated WhatsApp, which runs here. */
export async function benchSoak(): Promise<Finding[]> {
  const whatsapp = await createSimulatedWhatsApp();
  const installation = install(whatsapp.url);
  const product = await installation.start(GC_ON_SIGNAL);
  const findings: Finding[] = [];
  let arrived = 0;
  let highestMiB = 0;
  whatsapp.onMessage(() => arrived++);
  try {
    await product.pair(whatsapp);
    findings.push(resident('paired', product.residentMiB()));
    for (let sent = 1; sent <= SENDS; sent++) {
      await product.send(`+2010${10_000_000 + (sent % PEOPLE)}`);
      await until('the codes on their handsets', () => sent - arrived < UNDER_WAY, 60_000);
      highestMiB = Math.max(highestMiB, product.residentMiB());
      if (SHOWN_AFTER.includes(sent)) findings.push(resident(`after ${sent} sends`, product.residentMiB()));
    }
    await until('the last codes', () => arrived >= SENDS, 60_000);
    findings.push(
      atMost(`resident memory after ${SENDS} sends`, product.residentMiB(), AFTER_SOAK_MIB, ' MiB'),
      resident('highest on the way', highestMiB),
      atMost('resident memory ten minutes later', await rested(product), AFTER_REST_MIB, ' MiB'),
    );
    return findings;
  } finally {
    await product.stop();
    installation.remove();
    await whatsapp.close();
  }
}

/** What is still in use after a rest. */
async function rested(product: Product): Promise<number> {
  await sleep(REST_MS);
  process.kill(product.pid, 'SIGUSR2');
  await sleep(AFTER_GC_MS);
  return product.residentMiB();
}

function resident(when: string, mib: number): Finding {
  return { what: `resident memory, ${when}`, value: `${mib.toFixed(1)} MiB`, bar: '-', met: true };
}
