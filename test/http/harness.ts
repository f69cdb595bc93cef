import { join } from 'node:path';
import type { Express } from 'express';
import type { JobStatus, Store } from '../../database/schema.js';
import { createAuditLog } from '../../src/admin/audit/audit-log.js';
import { createAlarms } from '../../src/alarms/alarms.js';
import { createFloods, type Floods } from '../../src/alarms/floods.js';
import type { SharedPasswords } from '../../src/auth/passwords/passwords.js';
import { type Callers, createCallers, type EnvironmentSettings } from '../../src/callers/index.js';
import type { MailSender } from '../../src/channels/email/index.js';
import type { Sender, SenderStatus } from '../../src/channels/sender.js';
import type { JobView } from '../../src/delivery/job.js';
import type { Hooks } from '../../src/hooks/hooks.js';
import { plainHeaders } from '../../src/http/headers.js';
import type { SessionStoreSettings } from '../../src/http/operator-sessions/session-store.js';
import { createLogins } from '../../src/http/operator-sessions/sessions.js';
import { createHttpServer } from '../../src/http/server.js';
import { createLimits } from '../../src/limits/index.js';
import { rulesOf } from '../../src/limits/rules.js';
import { type Log, silentLog } from '../../src/log.js';
import type { IssuedCode } from '../../src/otp/code-answer.js';
import { createBlockedPrefixes } from '../../src/otp/conversion/blocked-prefixes.js';
import { createConversion } from '../../src/otp/conversion/conversion.js';
import { createCodes } from '../../src/otp/operators/codes.js';
import { createReachLook } from '../../src/otp/operators/reach.js';
import { admitted, type CodeRequest } from '../../src/otp/request.js';
import { createLinks, type Links } from '../../src/otp/writing-first/links.js';
import { createRoutes, type RoutesDeps } from '../../src/routes.js';
import { createKeyedHash } from '../../src/sealing.js';
import { signInParts } from '../support/auth.js';
import { createTestClock, type TestClock } from '../support/clock.js';
import { newFolder, openTestDatabase } from '../support/databases.js';
import { openDelivery } from '../support/delivery.js';
import { hookParts } from '../support/hooks.js';
import { openCodes } from '../support/issuing.js';
import { cheapPasswords } from '../support/passwords.js';
import { createScriptedSender, readyStatus, type ScriptedSender } from '../support/scripted-sender.js';
import { KEY } from '../support/secrets.js';
import { verificationParts } from '../support/verifications.js';
import { openWebhooks } from '../support/webhooks.js';

export const API_KEY = 'test-api-key-0123456789';
export const PREVIOUS_API_KEY = 'test-api-key-of-before';
export const ADMIN = { username: 'operator', password: 'correct horse battery' };

/** A job as it is shown; whether it can be retried follows from the rest. */
export type JobFields = Omit<JobView, 'retry' | 'status'> & { status: JobStatus };

/** What the gateway was asked for. */
type Asked = Omit<CodeRequest, 'admit'>;

/** The HTTP layer on a real port, over a real store. The sender and the requests for codes can be steered. */
export interface Gateway {
  url: string;
  /** Its table of routes. */
  app: Express;
  clock: TestClock;
  dataDir: string;
  requests: Asked[];
  store: Store;
  callers: Callers;
  hooks: Hooks;
  floods: Floods;
  addJobs(...jobs: JobFields[]): Promise<void>;
  calls: string[];
  /** Who wrote STOP, E.164. */
  optedOut: Set<string>;
  status: SenderStatus;
  /** Changes the sender's status and tells whoever listens. */
  changeStatus(fields: Partial<SenderStatus>): void;
  /** What codes go out through where the test wants them to. */
  sender: ScriptedSender;
  /** How many listen to the sender or to the jobs. */
  listeners(): number;
  /** Awaited before the code of a hook is issued. */
  beforeHandedCode(): Promise<void>;
  /** What reload and logout wait for. */
  hold: Promise<void>;
  pairingFails: Error | null;
  setIssue(issue: (request: Asked) => Promise<IssuedCode>): void;
  /** The answer to a person who has written: the code goes out. */
  replyTo(codeId: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function startGateway(
  options: Partial<RoutesDeps> & {
    log?: Log;
    /** How long answers in hand may take at the end; default 1 s. */
    closeMs?: number;
    /** Default 0: any number. */
    connectionsPerAddress?: number;
    dataDir?: string;
    /** What the documents leave open is guarded. */
    production?: boolean;
    passwords?: SharedPasswords;
    databaseKind?: 'sqlite' | 'postgres';
    /** Where alarms go. */
    telegram?: { send(text: string): void };
    sessionStore?: SessionStoreSettings;
    /** Codes of verifications go out. */
    sends?: boolean;
    /** Of verifications and hooks; all others are those of a whole team. */
    limitRules?: Parameters<typeof rulesOf>[0]['overrides'];
    environment?: EnvironmentSettings;
    links?: Pick<Links, 'offerIn' | 'shown'>;
    /** SECURITY_PROFILE=strict. */
    strict?: boolean;
    /** Default: there is no mail server. */
    mail?: MailSender;
    /** Codes of the contracts, too, can be asked for by writing first. */
    asksFirst?: boolean;
  } = {},
): Promise<Gateway> {
  const clock = createTestClock();
  const dataDir = options.dataDir ?? newFolder();
  const https = options.publicOrigin?.startsWith('https:') ?? false;
  const headers = plainHeaders({ https });
  const sessions = createLogins({
    https,
    store: options.sessionStore ?? { kind: 'sqlite', file: join(dataDir, 'sessions.db') },
    secret: 'a session secret for the tests, long enough',
    credentials: options.credentials ?? ADMIN,
    clock,
    log: options.log ?? silentLog,
  });
  const database = await openTestDatabase(options.databaseKind);
  const auditLog = createAuditLog({ store: database.store, clock });
  const floods = createFloods({
    store: database.store,
    clock,
    log: options.log ?? silentLog,
    alarms: createAlarms({
      store: database.store,
      clock,
      log: options.log ?? silentLog,
      telegram: options.telegram ?? null,
    }),
  });
  const callers = createCallers({
    store: database.store,
    clock,
    log: options.log ?? silentLog,
    audit: auditLog,
    floods,
    environmentKeys: [API_KEY, PREVIOUS_API_KEY],
    ...(options.environment && { environment: options.environment }),
  });
  const calls: string[] = [];
  const gateway: Omit<Gateway, 'url' | 'app' | 'hooks'> = {
    clock,
    dataDir,
    store: database.store,
    addJobs: (...jobs) => addJobs(database.store, jobs),
    requests: [],
    callers,
    floods,
    calls,
    optedOut: new Set(),
    status: { ...readyStatus(clock.now()), me: '+491701234567' },
    changeStatus(fields) {
      Object.assign(gateway.status, fields);
      for (const listener of statusListeners) listener();
    },
    listeners: () => statusListeners.size + jobListeners,
    beforeHandedCode: async () => {},
    hold: Promise.resolve(),
    pairingFails: null,
    setIssue: (next) => {
      issue = next;
    },
    sender: createScriptedSender(clock),
    replyTo: (codeId) => codes.routing.replyTo(codeId),
    async close() {
      closing.abort();
      await server.close(options.closeMs ?? 1_000);
      await sessions.close();
      await callers.idle();
      await floods.close();
      if (options.sends) await stopSending();
      await database.close();
    },
  };
  let issue: (request: Asked) => Promise<IssuedCode> = async () => ({
    otp: '0042',
    jobId: gateway.requests.length,
    expiresAt: clock.now() + 300_000,
    estimatedDeliverySeconds: 1,
  });
  const statusListeners = new Set<() => void>();
  let jobListeners = 0;
  const sender = senderIn(gateway, statusListeners);
  const delivery = openDelivery({
    database,
    sender: options.sends ? gateway.sender : sender,
    clock,
    mail: options.mail ?? null,
    settings: { maxWaitMs: 300_000, minSendDelayMs: 0, maxSendDelayMs: 0 },
  });
  const blocked = createBlockedPrefixes({ store: database.store, clock });
  const conversion = createConversion({ store: database.store, clock, blocked });
  const links = createLinks({
    store: database.store,
    clock,
    hash: createKeyedHash(KEY, 'link'),
    appName: null,
    number: () => '+15550000000',
    canReceive: () => true,
    languageFor: () => 'en',
  });
  const codes = openCodes({
    database,
    delivery,
    clock,
    conversion,
    ...(options.asksFirst && { links }),
  });
  const limits = createLimits({
    store: database.store,
    clock,
    rules: rulesOf({ eased: true, overrides: options.limitRules ?? {} }),
  });
  const checked = verificationParts({
    ...(options.asksFirst && { links }),
    ...(options.links && { links: options.links }),
    database,
    clock,
    delivery,
    routing: codes.routing,
    floods,
    conversion,
    limits,
  });
  const hooks = hookParts({
    database,
    clock,
    delivery,
    issuer: {
      ...codes.issuer,
      async issue(...args) {
        await gateway.beforeHandedCode();
        return await codes.issuer.issue(...args);
      },
    },
    ownTexts: codes.ownTexts,
    routing: codes.routing,
    verifications: checked.verifications,
    limits,
  });
  if (options.sends) {
    await delivery.start();
    codes.routing.start();
  }
  async function stopSending(): Promise<void> {
    const stopped = codes.routing.stop().then(() => delivery.stop());
    await clock.advance(10_000);
    await stopped;
  }
  const closing = new AbortController();
  const app = createRoutes({
    env: 'production',
    rootDir: process.cwd(),
    callers,
    trustProxy: 0,
    rateLimitPerMinute: 6_000,
    headers,
    securityContact: null,
    publicOrigin: options.publicOrigin ?? null,
    tokenCookie: 'token',
    credentials: ADMIN,
    sessions,
    codes: {
      request({ admit, ...request }) {
        const make = () => {
          gateway.requests.push(request);
          return issue(request);
        };
        return admit === null ? make() : admitted(admit, make);
      },
    },
    jobs: delivery.jobs,
    storedCodes: createCodes({ store: database.store, clock }),
    lookAtReach: createReachLook({
      store: database.store,
      clock,
      account: 'default',
      routing: codes.routing,
      spellingsOf: delivery.persons.spellingsOf,
      isOptedOut: async (phone) => gateway.optedOut.has(phone),
      canReceive: () => true,
    }),
    routing: codes.routing,
    webhooks: openWebhooks({ database, clock, delivery, routing: codes.routing }),
    ...checked,
    ...hooks,
    stats: delivery.stats,
    changes: {
      subscribe(listener) {
        const stop = delivery.changes.subscribe(listener);
        jobListeners++;
        return () => {
          jobListeners--;
          stop();
        };
      },
    },
    queue: delivery.control,
    switches: delivery.switches,
    usedOfDay: async (channel) => (channel === 'email' ? { used: 1_234, cap: 1_500 } : null),
    keyProgress: async () => [],
    alertsFailing: () => null,
    auditLog,
    store: database.store,
    floods,
    blocked,
    conversion,
    nameHash: createKeyedHash(KEY, 'operator-name'),
    formHash: createKeyedHash(KEY, 'log-in-form'),
    clock,
    startedAt: clock.now(),
    coldAllowed: () => null,
    captcha: null,
    closing: closing.signal,
    sender,
    readiness: { check: () => ({ ready: true, state: 'READY', note: null }) },
    ...signInParts({
      store: database.store,
      clock,
      floods,
      production: options.production,
      strict: options.strict,
      issuer: codes.issuer,
      passwords: options.passwords ?? cheapPasswords(),
    }),
    log: silentLog,
    ...options,
  });
  const server = createHttpServer(app, {
    clock,
    log: options.log ?? silentLog,
    headers,
    connectionsPerAddress: options.connectionsPerAddress ?? 0,
  });
  const port = await server.listen(0, '127.0.0.1');
  return Object.assign(gateway, { url: `http://127.0.0.1:${port}`, app, hooks: hooks.hooks });
}

/** Puts jobs into the store on the way that real ones take: they come in open, and then become what they are. */
async function addJobs(store: Store, jobs: JobFields[]): Promise<void> {
  for (const job of jobs) {
    await store
      .insertInto('jobs')
      .values({
        id: job.jobId,
        account: 'default',
        caller: job.caller,
        channel: job.channel,
        purpose: job.purpose,
        recipient: job.phoneNumber ?? '',
        message_id: `3EB0${job.jobId}`,
        body: 'sealed',
        code_hash: 'hash',
        status: 'pending',
        run_at: job.createdAt,
        created_at: job.createdAt,
        expires_at: job.expiresAt,
      })
      .execute();
    if (job.status === 'pending') continue;
    const sentAt = job.sentAt ?? (job.status === 'sent' ? job.createdAt : null);
    await store
      .updateTable('jobs')
      .set({
        ...(job.status === 'sent' && { body: null }),
        status: job.status,
        error_code: job.error?.code ?? null,
        error_message: job.error?.message ?? null,
        attempts: job.attempts,
        claimed_at: job.claimedAt,
        sent_at: sentAt,
        delivered_at: job.deliveredAt,
        read_at: job.readAt,
        finished_at: job.status === 'processing' ? null : (sentAt ?? job.createdAt),
      })
      .where('id', '=', job.jobId)
      .execute();
  }
}

function senderIn(
  gateway: Pick<Gateway, 'status' | 'calls' | 'hold' | 'pairingFails'>,
  listeners: Set<() => void>,
): Sender {
  const note = (what: string) => void gateway.calls.push(what);
  return {
    status: () => gateway.status,
    attend: () => note('attend'),
    onReachable: () => () => {},
    async learn(phone) {
      note(`learn ${phone}`);
    },
    async reload() {
      note('reload');
      await gateway.hold;
    },
    async logout() {
      note('logout');
      await gateway.hold;
    },
    async requestPairingCode(phone) {
      if (gateway.pairingFails) throw gateway.pairingFails;
      note(`pairing-code ${phone}`);
      return 'ABCD1234';
    },
    send: () => Promise.reject(new Error('no test of the HTTP layer sends')),
    onStatus(listener) {
      const own = () => listener(gateway.status);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    onReceipt: () => () => {},
    load: async () => {},
    start: () => {},
    stop: async () => {},
  };
}

export function job(fields: Partial<JobFields> = {}): JobFields {
  const at = Date.parse('2026-01-01T00:00:00Z');
  return {
    jobId: 1,
    purpose: 'gateway',
    caller: 'env',
    channel: 'whatsapp',
    phoneNumber: '+201001234567',
    status: 'pending',
    createdAt: at,
    claimedAt: null,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    expiresAt: at + 300_000,
    attempts: 0,
    error: null,
    ...fields,
  };
}

/** POST /api/v1/otp/send with what a well-behaved caller sends, unless told otherwise. */
export function send(gateway: Gateway, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}/api/v1/otp/send`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'Content-Type': 'application/json', 'X-API-KEY': API_KEY, ...init.headers },
  });
}
