import type { Database } from '../../database/connect.js';
import type { OutgoingMessage, Receipt } from '../../src/channels/channel.js';
import type { SenderState, SenderStatus, Trouble } from '../../src/channels/sender.js';
import {
  createWhatsAppSender,
  type WhatsAppSender,
  type WhatsAppSettings,
} from '../../src/channels/whatsapp/index.js';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import { type Clock, systemClock } from '../../src/clock.js';
import type { Log, LogFields } from '../../src/log.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { createSealer } from '../../src/sealing.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { newFolder, openTestDatabase } from '../support/databases.js';
import { GATEWAY } from '../support/product.js';
import { KEY } from '../support/secrets.js';
import { until } from '../support/until.js';

export const STRANGER = '+201001234567';

export interface RunningSender extends WhatsAppSender {
  states: SenderState[];
  receipts: Receipt[];
  troubles: (Trouble | null)[];
  qrs: string[];
  /** Every line of the log, with its fields, as text. */
  lines: string[];
  /** What `findText` knows. */
  texts: Map<string, string>;
}

export interface Bench {
  whatsapp: SimulatedWhatsApp;
  database: Database;
  /** A sender on this bench's database; only one may run at a time. */
  sender(options?: SenderOptions): Promise<RunningSender>;
  /** A sender that has been paired by QR and is ready. */
  paired(options?: SenderOptions): Promise<RunningSender>;
  close(): Promise<void>;
}

export interface SenderOptions {
  settings?: Partial<WhatsAppSettings>;
  clock?: Clock;
  encryptionKey?: string;
}

export async function createBench(kind: Database['kind'] = 'sqlite'): Promise<Bench> {
  const whatsapp = await createSimulatedWhatsApp();
  const database = await openTestDatabase(kind);
  const running: RunningSender[] = [];

  async function sender(options: SenderOptions = {}): Promise<RunningSender> {
    await Promise.all(running.splice(0).map((old) => old.stop()));
    const made = record(whatsapp.url, database, options);
    running.push(made);
    await made.load();
    made.start();
    return made;
  }

  return {
    whatsapp,
    database,
    sender,
    async paired(options) {
      const made = await sender(options);
      await pairByQr(made, whatsapp);
      return made;
    },
    async close() {
      await Promise.all(running.map((one) => one.stop()));
      await whatsapp.close();
      await database.close();
    },
  };
}

function record(url: string, database: Database, options: SenderOptions): RunningSender {
  const lines: string[] = [];
  const write = (message: string, fields?: LogFields | (() => LogFields)) => {
    lines.push(`${message} ${JSON.stringify(typeof fields === 'function' ? fields() : fields)}`);
  };
  const log: Log = { error: write, warn: write, info: write, debug: write };
  const texts = new Map<string, string>();
  const qrs: string[] = [];
  const sender = createWhatsAppSender({
    store: database.store,
    clock: options.clock ?? systemClock,
    log,
    account: 'default',
    sealer: createSealer(options.encryptionKey ?? KEY, 'whatsapp-session'),
    settings: {
      webSocketUrl: url,
      version: null,
      initialRetryDelayMs: 100,
      maxRetries: 5,
      checkIntervalMs: 15_000,
      importDir: newFolder(),
      logLevel: 'trace',
      ...options.settings,
    },
    findText: async (messageId) => texts.get(messageId) ?? null,
    onQr: (qr) => qrs.push(qr),
    queryTimeoutMs: 5_000,
  });
  const made: RunningSender = { ...sender, states: [], receipts: [], troubles: [], qrs, lines, texts };
  sender.onStatus(({ state }) => {
    if (made.states.at(-1) !== state) made.states.push(state);
  });
  sender.onReceipt((receipt) => made.receipts.push(receipt));
  sender.onTrouble((trouble) => made.troubles.push(trouble));
  return made;
}

export async function pairByQr(sender: RunningSender, whatsapp: SimulatedWhatsApp, number = GATEWAY) {
  const { qr } = await statusWith(sender, 'a QR', ({ qr }) => qr !== null);
  await whatsapp.phone(number).scan(qr ?? '');
  return inState(sender, 'READY');
}

export function statusWith(
  sender: WhatsAppSender,
  what: string,
  fits: (status: SenderStatus) => boolean,
  ms?: number,
): Promise<SenderStatus> {
  return until(what, () => (fits(sender.status()) ? sender.status() : null), ms);
}

export const inState = (sender: WhatsAppSender, state: SenderState, ms?: number) =>
  statusWith(sender, state, (status) => status.state === state, ms);

export function message(text = 'Your code is 4711', recipient = STRANGER): OutgoingMessage {
  const beforeWrite = async () => true;
  return { messageId: newMessageId(), recipient, text, code: '4711', expiresAt: Infinity, beforeWrite };
}

/** The person writes to the gateway, whose sender has noted it, with the token that comes along. */
export async function writeFrom(of: Bench, person: string): Promise<void> {
  await of.whatsapp.handset(person).reply('hello', GATEWAY);
  await until('the person is within reach', async () => {
    const row = await of.database.store
      .selectFrom('recipients')
      .select(['wrote_at', 'token_at'])
      .where('recipient', '=', person)
      .executeTakeFirst();
    return row?.wrote_at && row.token_at;
  });
}

export const storedStatus = (database: Database) =>
  database.store.selectFrom('service_status').selectAll().executeTakeFirstOrThrow();

/** The system's clock, which can be put ahead. */
export function createRunningClock(): Clock & { skip(ms: number): void } {
  let aheadMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    elapsed: () => systemClock.elapsed() + aheadMs,
    skip(ms) {
      aheadMs += ms;
    },
  };
}

/**
 * A clock that stands still until it is moved; what is to happen within a second happens by itself, as connections need
 * it.
 */
export function createPatientClock(): TestClock {
  const clock = createTestClock();
  return { ...clock, after: (ms, run) => (ms < 1_000 ? systemClock : clock).after(ms, run) };
}

/** How a promise that should fail fails. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it was expected to fail');
    },
    (error: unknown) => error,
  );
