import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { openApp } from '../../src/app.js';
import { systemClock } from '../../src/clock.js';
import { silentLog } from '../../src/log.js';
import { createSimulatedWhatsApp, type SimulatedWhatsApp } from '../../src/sandbox/whatsapp/index.js';
import { typedEmail } from '../../src/typed/email.js';
import { DATABASES, dropDatabase, newMigratedDatabase } from '../support/databases.js';
import { cheapPasswords } from '../support/passwords.js';
import { type Environment, GATEWAY, newEnvironment } from '../support/product.js';
import { until } from '../support/until.js';

export const CLIENT_URL = 'http://localhost:3000';
/** Another web site of the same installation. */
export const SECOND_CLIENT_URL = 'https://second.example.test';
export const MINUTE_MS = 60_000;
export const SECOND_MS = 1_000;

// libsignal prints whole sessions, private keys included.
for (const method of ['info', 'warn', 'error'] as const) vi.spyOn(console, method).mockReturnValue(undefined);

export interface Answer {
  status: number;
  headers: Headers;
  /** As it came over the line. */
  text: string;
  /** Parsed JSON; empty when it was none. */
  body: Record<string, unknown>;
}

/** The whole product in this process: WhatsApp paired, a mail server, time that can be moved on. */
export interface Product {
  url: string;
  env: Environment;
  whatsapp: SimulatedWhatsApp;
  request(method: string, path: string, init?: RequestInit): Promise<Answer>;
  /** JSON, unless `init` says otherwise. */
  post(path: string, body?: unknown, init?: RequestInit): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** The code of the next message with one that was not asked for yet; E.164 for the handset, else an address. */
  codeFor(contact: string): Promise<string>;
  /** All texts with a code that came so far. */
  messagesOf(contact: string): string[];
  /** All texts without one. */
  noticesOf(contact: string): string[];
  /** Whatever was queued before has gone out. */
  delivered(): Promise<void>;
  /** Forward only. */
  pass(ms: number): void;
  /** Ends it and starts it again on the same data, at another port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startProduct(
  kind: (typeof DATABASES)[number],
  overrides: Environment = {},
  paired = true,
): Promise<Product> {
  const [whatsapp, mail, database] = await Promise.all([
    createSimulatedWhatsApp(),
    startMailServer(),
    newMigratedDatabase(kind),
  ]);
  const env = newEnvironment(whatsapp, {
    NODE_ENV: 'test',
    BAILEYS_INTERNAL_LOG_LEVEL: 'silent',
    SMTP_URL: mail.url,
    EMAIL_FROM: 'Example <no-reply@example.com>',
    CLIENT_URL: `${CLIENT_URL},${SECOND_CLIENT_URL}/app`,
    ...(database.kind === 'postgres' ? { DATABASE_URL: database.url } : { DB_FILENAME: database.filename }),
    ...overrides,
  });
  let offsetMs = 0;
  const passwords = cheapPasswords();
  const open = () =>
    openApp({
      config: loadConfig({ environment: env, envFile: null }),
      log: silentLog,
      clock: {
        ...systemClock,
        now: () => systemClock.now() + offsetMs,
        elapsed: () => systemClock.elapsed() + offsetMs,
      },
      onLockLost: () => {},
      passwords,
    });
  let app = await open();
  let url = `http://127.0.0.1:${await app.listen()}`;
  if (paired) await pair(app.sender, whatsapp);
  const asked = new Map<string, number>();

  const textsOf = (contact: string) =>
    contact.includes('@')
      ? (mail.texts.get(contact) ?? [])
      : whatsapp.messages(contact).map((message) => message.text);

  const messagesOf = (contact: string) => textsOf(contact).filter(holdsCode);

  async function request(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init, method });
    const body = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      text: body,
      body: isJson && body ? (JSON.parse(body) as Answer['body']) : {},
    };
  }

  const post: Product['post'] = (path, body, init) =>
    request('POST', path, {
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...init,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...init?.headers },
    });

  async function codeFor(contact: string): Promise<string> {
    const nth = asked.get(contact) ?? 0;
    const message = await until(`code ${nth + 1} for ${contact}`, () => messagesOf(contact)[nth]);
    asked.set(contact, nth + 1);
    return codeIn(message);
  }

  return {
    get url() {
      return url;
    },
    env,
    whatsapp,
    request,
    post,
    get: (path, headers = {}) => request('GET', path, { headers }),
    codeFor,
    async delivered() {
      const [email, phone] = [newEmail(), newPhone()];
      await post('/signup', { email, password: 'Test123!', username: 'last' });
      await post('/api/users/register', { phoneNumber: phone, name: 'Last' });
      await Promise.all([codeFor(email), codeFor(phone)]);
    },
    messagesOf,
    noticesOf: (contact) => textsOf(contact).filter((text) => !holdsCode(text)),
    pass(ms) {
      offsetMs += ms;
    },
    async restart() {
      await app.close();
      app = await open();
      url = `http://127.0.0.1:${await app.listen()}`;
      if (paired) await ready(app.sender);
    },
    async close() {
      await app.close();
      await Promise.all([whatsapp.close(), mail.close()]);
      dropDatabase(database);
    },
  };
}

type Sender = Awaited<ReturnType<typeof openApp>>['sender'];

async function pair(sender: Sender, whatsapp: SimulatedWhatsApp) {
  const qr = await until('a QR', () => {
    sender.attend();
    return sender.status().qr;
  });
  await whatsapp.phone(GATEWAY).scan(qr);
  await ready(sender);
}

function ready(sender: Sender) {
  return until('READY', () => sender.status().state === 'READY');
}

/** A real SMTP server, which keeps what it is given by recipient. */
async function startMailServer() {
  const texts = new Map<string, string[]>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      text(stream).then((source) => {
        for (const { address: shown } of session.envelope.rcptTo) {
          // In the script of its domain; over the line it was punycode.
          const address = typedEmail(shown) ?? shown;
          texts.set(address, [...(texts.get(address) ?? []), source]);
        }
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    texts,
    close: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

const CODE = /(?<!\d)\d{5,6}(?!\d)/g;

/** A notice holds none. */
const holdsCode = (message: string) =>
  message.includes('\nSubject: ')
    ? message.includes('\nSubject: Your verification code\r')
    : /\d{4,8}/.test(message);

/** The one number of the length of a code. */
function codeIn(message: string): string {
  const found = new Set(message.match(CODE));
  const [code] = found;
  if (found.size !== 1 || code === undefined) throw new Error('A message does not hold exactly one code');
  return code;
}

let numbers = 0;
const run = Math.floor(Math.random() * 9_000) + 1_000;
const serial = () => `${run}${String(++numbers).padStart(4, '0')}`;

/** Numbers and addresses that no other test has. */
export const newIndian = () => `98${serial()}`;
export const newPhone = () => `+62812${serial()}`;
export const newEmail = () => `user${serial()}@example.com`;

export function otherThan(code: string): string {
  return `${code.slice(0, -1)}${(Number(code.at(-1)) + 1) % 10}`;
}

/** The stories of a contract, on each database. */
export function onBothDatabases(overrides: Environment, stories: (product: () => Product) => void): void {
  describe.each(DATABASES)('on %s', (kind) => {
    let product: Product;
    beforeAll(async () => {
      product = await startProduct(kind, overrides);
    }, 60_000);
    afterAll(() => product?.close());
    stories(() => product);
  });
}

/** A `Retry-After` of about so many seconds. */
export function expectRetryAfter({ headers }: Answer, from: number, to: number): void {
  const seconds = Number(headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(from);
  expect(seconds).toBeLessThanOrEqual(to);
}

/** A text that says how long to wait, in words. */
export const SAYS_HOW_LONG = expect.stringMatching(/\. Try again in \d+ (?:second|minute|hour|day)s?\.$/);

/** The seconds of `Retry-After`, as a body repeats them. */
export function waitOf({ headers }: Answer): { retryAfterSeconds: number } {
  return { retryAfterSeconds: Number(headers.get('retry-after')) };
}

/** A text somewhere in the body. */
export function textAt({ body, text }: Answer, ...path: string[]): string {
  const found = path.reduce<unknown>((value, key) => (value as Answer['body'] | undefined)?.[key], body);
  if (typeof found !== 'string') throw new Error(`There is no ${path.join('.')} in ${text}`);
  return found;
}

/** `name=value` of the cookie that an answer sets. */
export function cookieOf({ headers }: Answer, name = 'token'): string {
  const cookie = headers.getSetCookie().find((line) => line.startsWith(`${name}=`));
  return cookie?.split(';')[0] ?? '';
}

/** The claims of a token, unchecked. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

export const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
