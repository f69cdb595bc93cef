import { systemClock } from '../../clock.js';
import { silentLog } from '../../log.js';
import { createAccounts } from './accounts.js';
import { createDirectory } from './directory.js';
import { createFaults, type Faults } from './faults.js';
import { createHandset, type HandsetInside, type Message } from './handset/handset.js';
import { initialHistory } from './handset/history.js';
import { createListeners } from './handset/listeners.js';
import { readCompanion } from './linking/linking.js';
import { createRegistrationDesk } from './linking/registration.js';
import { createLogin } from './login.js';
import { createMailroom } from './mailroom.js';
import { digits } from './nodes.js';
import { createPhone } from './phone.js';
import { answered } from './policy/cap.js';
import { createTokens, TOKEN_SETTINGS } from './policy/tokens.js';
import { createPostOffice } from './post-office.js';
import { createQueries } from './queries.js';
import type { SimulatedWhatsApp, SimulatedWhatsAppOptions } from './simulated-whatsapp.js';
import { type Device, emptyState, exportState, importState, type Subscriber } from './state.js';
import type { Connection, Hello } from './wire/connection.js';
import { createServerIdentity } from './wire/noise.js';
import { startServer } from './wire/server.js';

export type { FaultRules, Faults, QueryKind } from './faults.js';
export type { Handset, Message } from './handset/handset.js';
export type { Form, Naming } from './handset/letter.js';
export type { Letter } from './handset/writing.js';
export type { Frame } from './mailroom.js';
export type { LinkedDevice, Phone } from './phone.js';
export type { SimulatedWhatsApp, SimulatedWhatsAppOptions } from './simulated-whatsapp.js';

/** Starts the server and resolves once it listens. */
export async function createSimulatedWhatsApp(
  options: SimulatedWhatsAppOptions = {},
): Promise<SimulatedWhatsApp> {
  const { log = silentLog, clock = systemClock, port = 0, qrRefs = 6, answerTimeoutMs = 10_000 } = options;
  const state = options.state ? importState(options.state) : emptyState();
  const directory = createDirectory(state);
  const post = createPostOffice(state);
  const desk = createRegistrationDesk(clock);
  const listeners = createListeners(clock);
  const insides = new Map<Subscriber, HandsetInside>();
  const attempts = { logins: 0 };
  const tokenSettings = { ...TOKEN_SETTINGS };
  const tokens = createTokens({ post, clock, settings: tokenSettings });

  const insideOf = (subscriber: Subscriber): HandsetInside => {
    const known = insides.get(subscriber);
    if (known) return known;
    const onReply = (to: string) => {
      const owner = directory.get(to);
      owner.contacts[subscriber.user] = true;
      answered(owner, subscriber.user);
      tokens.wrote(owner, subscriber);
    };
    const giveToken = (to: string, at?: number) => tokens.give(directory.get(to), subscriber, at);
    const inside = createHandset({
      subscriber,
      post,
      clock,
      log,
      onMessage: listeners.tell,
      onReply,
      giveToken,
    });
    insides.set(subscriber, inside);
    return inside;
  };
  const insideFor = (number: string) => insideOf(directory.get(digits(number)));

  const sendHistory = (device: Device) => {
    if (device.synced) return;
    device.synced = true;
    insideOf(directory.get(device.user))
      .write(device, initialHistory(), { category: 'peer' })
      .catch((error) => log.warn('simulated WhatsApp: a device got no history', { cause: String(error) }));
  };

  const faults = (): Faults => theFaults;
  const theFaults = createFaults(() => server.all(), qrRefs);
  const mailroom = createMailroom({ directory, clock, faults, tokens, handsetOf: insideOf });
  const bundleOf = (subscriber: Subscriber) => insideOf(subscriber).bundle();
  const queries = createQueries({
    directory,
    post,
    clock,
    faults,
    tokens: tokenSettings,
    bundleOf,
    onActive: sendHistory,
  });
  const onLogin = () => {
    attempts.logins += 1;
  };
  const onRetry = (device: Device, from: string, id: string) => {
    const writer = directory.find(from);
    const repeated = writer && insideOf(writer).repeat(device, id);
    repeated?.catch((error) =>
      log.warn('simulated WhatsApp: a text is not repeated', { cause: String(error) }),
    );
  };
  const login = createLogin({ directory, post, mailroom, queries, clock, faults, onLogin, onRetry });
  const open = (connection: Connection, hello: Hello) =>
    hello.payload.devicePairingData
      ? desk.open(readCompanion(connection, hello), theFaults.qrRefs)
      : login(connection, hello);
  const server = await startServer({ identity: createServerIdentity(), clock, log, faults, open }, port);

  const messages = (to?: string): Message[] =>
    (to ? [directory.get(digits(to))] : directory.all())
      .flatMap((subscriber) => insideOf(subscriber).handset.messages())
      .sort((a, b) => a.at.localeCompare(b.at));

  return {
    url: `ws://127.0.0.1:${server.port}/ws/chat`,
    port: server.port,
    phone: (number) => createPhone({ owner: insideFor(number), desk, post, clock, faults, answerTimeoutMs }),
    handset(number) {
      const { subscriber, handset } = insideFor(number);
      subscriber.shown = true;
      return handset;
    },
    handsets: () =>
      directory
        .all()
        .filter(({ shown }) => shown)
        .map((subscriber) => insideOf(subscriber).handset),
    ...createAccounts({ directory, post, clock, handsetOf: insideOf }),
    messages,
    frames: mailroom.frames,
    queries: queries.count,
    onMessage: listeners.onMessage,
    waitForMessage: (matches, timeoutMs) => listeners.waitFor(matches, timeoutMs, messages()),
    connections: () => server.connections().length,
    maxConcurrentConnections: server.maxConcurrentConnections,
    logins: () => attempts.logins,
    connectionAttempts: () => server.attempts().map((at) => ({ at: new Date(at).toISOString() })),
    faults: theFaults,
    tokens: tokenSettings,
    state: () => exportState(state),
    close: server.close,
  };
}
