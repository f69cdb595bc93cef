import { join } from 'node:path';
import { projectRoot } from '../database/root.js';
import { createSimulatedWhatsApp } from '../src/sandbox/whatsapp/index.js';
import { install } from './product.js';
import { atMost, type Finding, median } from './support.js';

const ROUNDS = 7;
const EAGER = ['--import', join(projectRoot, 'bench', 'eager-baileys.js')];

/** From the start of the process to the open port, beside the same start with Baileys imported before everything else. */
export async function benchStart(): Promise<Finding[]> {
  const whatsapp = await createSimulatedWhatsApp();
  const installation = install(whatsapp.url);
  const ratios: number[] = [];
  try {
    await (await installation.start()).stop();
    for (let round = 0; round < ROUNDS; round++) {
      const lazy = await installation.start();
      await lazy.stop();
      const eager = await installation.start(EAGER);
      await eager.stop();
      ratios.push(lazy.listenedAfterMs / eager.listenedAfterMs);
    }
  } finally {
    installation.remove();
    await whatsapp.close();
  }
  return [atMost('start to listening / the same with Baileys imported eagerly', median(ratios), 0.7)];
}
