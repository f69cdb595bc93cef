import { type Clock, systemClock } from '../../clock.js';
import { type Log, silentLog } from '../../log.js';
import type { Connection, Hello } from './connection.js';
import { createDirectory } from './directory.js';
import { createFaults, type Faults } from './faults.js';
import { createHandset, type Handset, type HandsetInside, type Message } from './handset.js';
import { initialHistory } from './history.js';
import { readCompanion } from './linking.js';
import { createLogin } from './login.js';
import { createMailroom, type Frame } from './mailroom.js';
import { digits } from './nodes.js';
import { createServerIdentity } from './noise.js';
import { createPhone, type Phone } from './phone.js';
import { createPostOffice } from './post-office.js';
import { createQueries } from './queries.js';
import { createRegistrationDesk } from './registration.js';
import { startServer } from './server.js';
import { emptyState, exportState, importState, type Subscriber } from './state.js';

export type { FaultRules, Faults, QueryKind } from './faults.js';
export type { Handset, Message } from './handset.js';
export type { Frame } from './mailroom.js';
export type { LinkedDevice, Phone } from './phone.js';

export interface SimulatedWhatsAppOptions {
  log?: Log;
  clock?: Clock;
  /** 0 (the default) lets the system choose. */
  port?: number;
  /** QR references per registration; WhatsApp sends 6. */
  qrRefs?: number;
  /** What `state()` of an earlier run gave. */
  state?: object;
  /** How long a linking device may take to answer; default 10 s. */
  answerTimeoutMs?: number;
}

/** A WhatsApp server on loopback, with the phones around it. */
export interface SimulatedWhatsApp {
  /** For `waWebSocketUrl`. */
  url: string;
  port: number;
  /** The phone of a gateway's number: links devices, gets restricted. */
  phone(number: string): Phone;
  /** A recipient's handset, made on first use. Numbers are E.164 with `+`. */
  handset(number: string): Handset;
  /** Those that were asked for or have received something. */
  handsets(): Handset[];
  /** Every number is on WhatsApp until it is said not to be. */
  setOnWhatsApp(number: string, onWhatsApp: boolean): void;
  /** What the handsets show, oldest first; of one handset with `to`. */
  messages(to?: string): Message[];
  /** Every message stanza from gateways, resends included, oldest first. */
  frames(): Frame[];
  /** Called for each message a handset could decrypt, resends included; returns the way to stop listening. */
  onMessage(listener: (message: Message) => void): () => void;
  /** Resolves with the first message that matches, past ones included; rejects after `timeoutMs`. */
  waitForMessage(matches: (message: Message) => boolean, timeoutMs: number): Promise<Message>;
  /** Live connections. */
  connections(): number;
  maxConcurrentConnections(): number;
  /** Successful logins so far. */
  logins(): number;
  /** WebSocket requests so far, refused ones included; `at` is ISO 8601. */
  connectionAttempts(): { at: string }[];
  faults: Faults;
  /** Keys, sessions, linked devices, waiting stanzas and messages as an object that survives JSON. */
  state(): object;
  close(): Promise<void>;
}

export async function createSimulatedWhatsApp(
  options: SimulatedWhatsAppOptions = {},
): Promise<SimulatedWhatsApp> {
  const { log = silentLog, clock = systemClock, qrRefs = 6, answerTimeoutMs = 10_000 } = options;
  const state = options.state ? importState(options.state) : emptyState();
  const directory = createDirectory(state);
  const post = createPostOffice(state);
  const desk = createRegistrationDesk(clock);
  const handsets = new Map<Subscriber, HandsetInside>();
  const listeners = new Set<(message: Message) => void>();
  let logins = 0;

  const handsetOf = (subscriber: Subscriber): HandsetInside => {
    let handset = handsets.get(subscriber);
    if (!handset) {
      handset = createHandset({ subscriber, post, clock, log, onMessage, onReply: warmUp(subscriber) });
      handsets.set(subscriber, handset);
    }
    return handset;
  };
  const onMessage = (message: Message) => {
    for (const listener of listeners) listener(message);
  };
  const warmUp = (subscriber: Subscriber) => (to: string) => {
    directory.get(to).contacts[subscriber.user] = true;
  };

  const faults: Faults = createFaults(() => server.connections(), qrRefs);
  const mailroom = createMailroom({ directory, clock, faults: () => faults, handsetOf });
  const queries = createQueries({
    directory,
    post,
    faults: () => faults,
    bundleOf: (subscriber) => handsetOf(subscriber).bundle(),
    onActive(device) {
      if (device.synced) return;
      device.synced = true;
      const phone = handsetOf(directory.get(device.user));
      phone.write(device, initialHistory(), { category: 'peer' }).catch((error) => {
        log.warn('simulated WhatsApp: a device got no history', { cause: String(error) });
      });
    },
  });
  const login = createLogin({
    directory,
    post,
    mailroom,
    queries,
    clock,
    faults: () => faults,
    onLogin: () => {
      logins += 1;
    },
  });
  const open = (connection: Connection, hello: Hello) =>
    hello.payload.devicePairingData
      ? desk.open(readCompanion(connection, hello), faults.qrRefs)
      : login(connection, hello);
  const server = await startServer(
    { identity: createServerIdentity(), clock, log, faults: () => faults, open },
    options.port ?? 0,
  );

  const messages = (to?: string): Message[] =>
    (to ? [directory.get(digits(to))] : directory.all())
      .flatMap((subscriber) => handsetOf(subscriber).handset.messages())
      .sort((a, b) => a.at.localeCompare(b.at));
  const onMessageCall = (listener: (message: Message) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

  return {
    url: `ws://127.0.0.1:${server.port}/ws/chat`,
    port: server.port,
    phone: (number) =>
      createPhone({
        owner: handsetOf(directory.get(digits(number))),
        desk,
        post,
        clock,
        faults: () => faults,
        answerTimeoutMs,
      }),
    handset(number) {
      const subscriber = directory.get(digits(number));
      subscriber.shown = true;
      return handsetOf(subscriber).handset;
    },
    handsets: () =>
      directory
        .all()
        .filter(({ shown }) => shown)
        .map((subscriber) => handsetOf(subscriber).handset),
    setOnWhatsApp(number, onWhatsApp) {
      directory.get(digits(number)).onWhatsApp = onWhatsApp;
    },
    messages,
    frames: mailroom.frames,
    onMessage: onMessageCall,
    waitForMessage: (matches, timeoutMs) =>
      new Promise((resolve, reject) => {
        const past = messages().find(matches);
        if (past) return resolve(past);
        const stop = onMessageCall((message) => {
          if (!matches(message)) return;
          timer.cancel();
          stop();
          resolve(message);
        });
        const timer = clock.after(timeoutMs, () => {
          stop();
          reject(new Error(`No such message within ${timeoutMs} ms`));
        });
      }),
    connections: () => server.connections().length,
    maxConcurrentConnections: server.maxConcurrentConnections,
    logins: () => logins,
    connectionAttempts: () => server.attempts().map((at) => ({ at: new Date(at).toISOString() })),
    faults,
    state: () => exportState(state),
    close: server.close,
  };
}
