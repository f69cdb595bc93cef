import {
  Browsers,
  type ConnectionState,
  initAuthCreds,
  makeWASocket,
  type proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type UserFacingSocketConfig,
  type WASocket,
} from '@whiskeysockets/baileys';
import { afterEach, beforeEach, vi } from 'vitest';
import { newMessageId } from '../../src/channels/whatsapp/socket/message-id.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { GATEWAY } from '../support/product.js';
import { until } from '../support/until.js';

// libsignal prints whole sessions, private keys included.
for (const method of ['info', 'warn', 'error'] as const) vi.spyOn(console, method).mockReturnValue(undefined);

export const PERSON = '+201001234567';

/** Of the test that runs. */
export let whatsapp: SimulatedWhatsApp;

/** A simulated WhatsApp for each test of the file; it ends with everything that was connected to it. */
export function useWhatsApp(options: Parameters<typeof createSimulatedWhatsApp>[0] = {}): void {
  beforeEach(async () => {
    whatsapp = await createSimulatedWhatsApp(options);
  });
  afterEach(async () => {
    endAll();
    await whatsapp.close();
  });
}

/** Of the test that runs: what is linked, and its open connection. */
export let session: StoredSession;
export let gateway: Gateway;

/** A simulated WhatsApp for each test of the file, and a gateway of GATEWAY that is linked to it and logged in. */
export function usePairedGateway(): void {
  useWhatsApp();
  beforeEach(async () => {
    ({ session, gateway } = await pairedGateway(whatsapp, GATEWAY));
  });
}

/** Ends it, and starts another one with what it would have kept. */
export async function restartWhatsApp(): Promise<void> {
  const state = JSON.parse(JSON.stringify(whatsapp.state())) as object;
  await whatsapp.close();
  whatsapp = await createSimulatedWhatsApp({ state });
}

/** A stored session: what a gateway keeps between its connections. */
export function createSession() {
  const creds = initAuthCreds();
  const stored = new Map<string, unknown>();
  const keys = {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {};
      for (const id of ids) {
        const value = stored.get(`${type}/${id}`);
        if (value) found[id] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    async set(data: SignalDataSet) {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries)) stored.set(`${type}/${id}`, value);
      }
    },
  };
  return { creds, keys };
}

export type StoredSession = ReturnType<typeof createSession>;

const silent = { level: 'silent', trace() {}, debug() {}, info() {}, warn() {}, error() {} };
const logger = { ...silent, child: () => logger } as NonNullable<UserFacingSocketConfig['logger']>;

/** One connection of the real, unmodified Baileys, with everything it reported. */
const live = new Set<Gateway>();

/** Ends what a test has opened, so that none reconnects into the next one. */
function endAll(): void {
  for (const gateway of live) gateway.end();
  live.clear();
}

export function connect(url: string, session: StoredSession, config: Partial<UserFacingSocketConfig> = {}) {
  const sock: WASocket = makeWASocket({
    auth: session,
    waWebSocketUrl: url,
    version: [2, 3000, 1043857760],
    browser: Browsers.ubuntu('Chrome'),
    logger,
    emitOwnEvents: false,
    markOnlineOnConnect: false,
    defaultQueryTimeoutMs: 2_000,
    ...config,
  });
  const updates: Partial<ConnectionState>[] = [];
  const statuses: { id: string; status: number; stub: string[] }[] = [];
  const received: proto.IWebMessageInfo[] = [];
  const acks: { id: string; error: string | undefined }[] = [];
  sock.ev.on('creds.update', (update) => Object.assign(session.creds, update));
  sock.ev.on('connection.update', (update) => updates.push(update));
  sock.ev.on('messages.update', (changes) => {
    for (const { key, update } of changes) {
      const stub = (update.messageStubParameters ?? []) as string[];
      statuses.push({ id: key.id ?? '', status: update.status ?? -1, stub });
    }
  });
  sock.ev.on('messages.upsert', ({ messages }) =>
    received.push(...messages.filter(({ key }) => !key.fromMe)),
  );
  sock.ws.on('CB:ack,class:message', (ack: { attrs: Record<string, string> }) =>
    acks.push({ id: ack.attrs.id ?? '', error: ack.attrs.error }),
  );

  const connectionIs = (state: ConnectionState['connection'], ms = 10_000) =>
    until(`the connection is ${state}`, () => updates.find(({ connection }) => connection === state), ms);
  const gateway = {
    sock,
    updates,
    statuses,
    received,
    acks,
    opened: (ms?: number) => connectionIs('open', ms),
    /** Resolves with the status code of the close. */
    async closed(ms?: number): Promise<number | undefined> {
      const { lastDisconnect } = await connectionIs('close', ms);
      return (lastDisconnect?.error as { output?: { statusCode: number } } | undefined)?.output?.statusCode;
    },
    qr: (nth = 1, ms?: number) =>
      until(`QR ${nth}`, () => updates.flatMap(({ qr }) => (qr ? [qr] : []))[nth - 1], ms),
    statusOf: (id: string, status: number, ms?: number) =>
      until(
        `status ${status} of ${id}`,
        () => statuses.find((update) => update.id === id && update.status === status),
        ms,
      ),
    ackOf: (id: string, ms?: number) =>
      until(`the ack of ${id}`, () => acks.find((ack) => ack.id === id), ms),
    end: () => {
      sock.ws.on('error', () => {});
      sock.end(undefined).catch(() => {});
      // Baileys waits 30 s for a close frame that a deaf server never sends.
      (sock.ws as unknown as { socket?: { terminate(): void } | null }).socket?.terminate();
    },
  };
  live.add(gateway);
  return gateway;
}

export type Gateway = ReturnType<typeof connect>;

/** A gateway that has been linked by QR and is logged in. */
export async function pairedGateway(
  whatsapp: SimulatedWhatsApp,
  number: string,
  config: Partial<UserFacingSocketConfig> = {},
): Promise<{ session: StoredSession; gateway: Gateway }> {
  const session = createSession();
  const pairing = connect(whatsapp.url, session);
  await whatsapp.phone(number).scan(await pairing.qr());
  await pairing.closed();
  const gateway = connect(whatsapp.url, session, config);
  await gateway.opened();
  return { session, gateway };
}

/** Sends a text to an E.164 number and returns the message id. */
export async function sendText(
  gateway: Gateway,
  to: string,
  text: string,
  id = newMessageId(),
): Promise<string> {
  await gateway.sock.sendMessage(`${to.slice(1)}@s.whatsapp.net`, { text }, { messageId: id });
  return id;
}
