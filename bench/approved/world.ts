import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../config/index.js';
import { openApp } from '../../src/app.js';
import { silentLog } from '../../src/log.js';
import { sandboxChannels } from '../../src/sandbox/channels.js';
import { createSmsProvider, type SmsProvider } from '../../src/sandbox/providers/sms-provider.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import type { TestClock } from '../../test/support/clock.js';
import { newSecrets } from '../../test/support/secrets.js';
import { GATEWAY } from '../product.js';
import { newScratchFolder } from '../scratch.js';
import { createSettableClock } from './settable-clock.js';

/** SMS to numbers that end so are reported as undelivered. */
export const NO_SMS = '0009';
const STEP_MS = 250;

/** A message with a code, as it stands on a phone. */
export interface Shown {
  to: string;
  text: string;
  by: 'whatsapp' | 'sms';
  at: number;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The whole product with a paired number, a WhatsApp with handsets and a provider of SMS, all on one settable clock. */
export interface World {
  clock: TestClock;
  whatsapp: SimulatedWhatsApp;
  provider: SmsProvider;
  /** Of /api/v1/verifications. */
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer>;
  /** All that phones have shown so far, oldest first. */
  shown: readonly Shown[];
  onShown(listener: (message: Shown) => void): void;
  /** Moves the clock on until it is so. */
  pass(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>;
  close(): Promise<void>;
}

/** With the settings that a new installation has, and the route `whatsapp,sms`. */
export async function openWorld(): Promise<World> {
  const shown: Shown[] = [];
  const listeners: ((message: Shown) => void)[] = [];
  let seen = { whatsapp: 0, sms: 0 };
  const clock = createSettableClock(() => look());
  const [whatsapp, provider] = await Promise.all([createSimulatedWhatsApp({ clock }), createSmsProvider()]);

  function look(): boolean {
    const chats = arrived.slice(seen.whatsapp);
    const texts = provider.messages().slice(seen.sms);
    seen = { whatsapp: seen.whatsapp + chats.length, sms: seen.sms + texts.length };
    const received = texts.filter(({ to }) => !to.endsWith(NO_SMS));
    const news = [
      ...chats.map(({ to, text }) => ({ to, text, by: 'whatsapp' as const, at: clock.now() })),
      ...received.map(({ to, text }) => ({ to, text, by: 'sms' as const, at: clock.now() })),
    ];
    for (const message of news) {
      shown.push(message);
      for (const listener of listeners) listener(message);
    }
    return news.length > 0;
  }
  const arrived: { to: string; text: string }[] = [];
  whatsapp.onMessage((message) => void arrived.push(message));
  provider.script(NO_SMS, { reports: [{ status: 'SENT' }, { status: 'UNDELIV' }] });

  const { folder, remove } = newScratchFolder();
  const channelsFile = join(folder, 'channels.json');
  writeFileSync(channelsFile, JSON.stringify(sandboxChannels(provider)));
  const config = loadConfig({
    environment: {
      NODE_ENV: 'test',
      HOST: '127.0.0.1',
      PORT: '0',
      ...newSecrets(),
      DB_FILENAME: join(folder, 'app_data.db'),
      LOG_DIR: join(folder, 'logs'),
      WHATSAPP_WEB_SOCKET_URL: whatsapp.url,
      CHANNELS_FILE: channelsFile,
      CODE_ROUTE: 'whatsapp,sms',
    },
    envFile: null,
  });
  let qr: string | null = null;
  const onQr = (shownQr: string) => {
    qr = shownQr;
  };
  const app = await openApp({ config, log: silentLog, clock, onLockLost() {}, onQr });
  const url = `http://127.0.0.1:${await app.listen()}/api/v1/verifications`;

  const world: World = {
    clock,
    whatsapp,
    provider,
    shown,
    onShown: (listener) => void listeners.push(listener),
    async ask(method, path, body) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { 'x-api-key': config.apiKey, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as Answer['body'] };
    },
    async pass(what, isSo) {
      for (let step = 0; step < 1_000; step++) {
        if (await isSo()) return;
        await clock.advance(STEP_MS);
      }
      throw new Error(`It did not come to this: ${what}`);
    },
    async close() {
      await Promise.all([app.close(), clock.advance(60_000)]);
      await Promise.all([whatsapp.close(), provider.close()]);
      remove();
    },
  };
  await world.pass('a QR', () => qr !== null);
  const scanned = whatsapp.phone(GATEWAY).scan(qr ?? '');
  await world.pass('READY', () => app.sender.status().state === 'READY');
  await scanned;
  return world;
}
