import { setTimeout as sleep } from 'node:timers/promises';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../src/sandbox/whatsapp/index.js';
import { GATEWAY, install } from './product.js';
import { atMost, type Finding, quantile } from './support.js';

const ROUNDS = 200;
/** So that each finds everything before it done. */
const PAUSE_MS = 20;
const PATIENCE_MS = 10_000;

/** From the moment at which a person's text is with WhatsApp to the event that lets the person's page go on. */
export async function benchInbound(): Promise<Finding[]> {
  const whatsapp = await createSimulatedWhatsApp();
  const installation = install(whatsapp.url);
  const product = await installation.start();
  try {
    await product.pair(whatsapp);
    const waits: number[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      // Each with a prefix of its own.
      waits.push(await round(product.url, installation.env.API_KEY ?? '', whatsapp, `+2010${1_000 + n}0001`));
      await sleep(PAUSE_MS);
    }
    return [
      atMost('a person’s text to the open page: p50', quantile(waits, 0.5), 300, ' ms'),
      atMost('a person’s text to the open page: p99', quantile(waits, 0.99), 1_000, ' ms'),
    ];
  } finally {
    await product.stop();
    installation.remove();
    await whatsapp.close();
  }
}

async function round(url: string, apiKey: string, whatsapp: SimulatedWhatsApp, to: string): Promise<number> {
  const started = await fetch(`${url}/api/v1/verifications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify({ to, userFirst: 'only', proof: 'message' }),
  });
  const { pageUrl, userFirst } = (await started.json()) as { pageUrl: string; userFirst: { text: string } };
  const shown = await fetch(`${url}${new URL(pageUrl).pathname}`);
  const [cookie = ''] = shown.headers.getSetCookie();
  const [, path = ''] = /data-events="([^"]+)"/.exec(await shown.text()) ?? [];
  const events = await fetch(`${url}${path}`, {
    headers: { cookie: cookie.split(';')[0] ?? '' },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const startedAt = performance.now();
  await whatsapp.handset(to).write(userFirst.text, { to: GATEWAY });
  for await (const chunk of events.body ?? []) {
    if (Buffer.from(chunk).toString().includes('event: change')) return performance.now() - startedAt;
  }
  throw new Error('The page was not told');
}
