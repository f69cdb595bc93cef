import { join } from 'node:path';
import type { RequestHandler } from 'express';
import type { Config } from '../config/config.js';
import { openDatabase } from '../database/connect.js';
import { takeInstanceLock } from '../database/instance-lock.js';
import { requireBuilt } from '../database/native-module.js';
import { projectRoot } from '../database/root.js';
import type { Store } from '../database/schema.js';
import { databaseRefusal, listenRefusal } from '../database/start-refused.js';
import { isUnavailable } from '../database/unavailable.js';
import type { MigrationStep } from '../database/upgrade/migrate.js';
import { createAuditLog } from './admin/audit/audit-log.js';
import { createSenderAlerts } from './alerts/alerts.js';
import { createTelegram } from './alerts/telegram.js';
import { createNaming } from './auth/accounts/naming.js';
import { createHousekeeping } from './auth/housekeeping.js';
import { type Auth, createAuth } from './auth/index.js';
import { createOpenIdLogin, type OpenIdLogin } from './auth/openid/openid.js';
import { createOpenIdAccounts } from './auth/openid/openid-accounts.js';
import { createCallers } from './callers/index.js';
import { createEmailChannel } from './channels/email/index.js';
import type { Sender } from './channels/sender.js';
import { createWhatsAppSender } from './channels/whatsapp/index.js';
import { personOfJid } from './channels/whatsapp/jid.js';
import { type Clock, systemClock } from './clock.js';
import { createTextLookup } from './delivery/body.js';
import { createDelivery } from './delivery/index.js';
import type { Persons } from './delivery/queue/persons.js';
import { createLogins } from './http/operator-sessions/sessions.js';
import { createHttpServer } from './http/server.js';
import type { Log } from './log.js';
import { createIdempotency } from './otp/idempotency.js';
import { type CodeIssuer, createCodeIssuer } from './otp/issue.js';
import { createReadiness } from './otp/readiness.js';
import { createCodeRequests } from './otp/request.js';
import { createRoutes } from './routes.js';
import { createKeyedHash, createSealer } from './sealing.js';

export interface App {
  /** Opens the port, then the connection to WhatsApp. Resolves with the port. */
  listen(): Promise<number>;
  /** Finishes what is in hand (bounded), then closes everything without logging out. */
  close(): Promise<void>;
  /** A rejection that nobody caught: true when it came from the WhatsApp connection and only that was ended. */
  handleRejection(reason: unknown): boolean;
  sender: Sender;
}

/** `iss` of the tokens: the same wherever the product is reached, so that they outlive a change of address. */
const TOKEN_ISSUER = 'whatsapp-otp';
const GOOGLE_CALLBACK = '/auth/google/callback';
/** How long answers in hand may take at the end. */
const HTTP_CLOSE_BOUND_MS = 2_000;

/**
 * Makes every long-lived object once. Throws `AlreadyRunning` when another process works on the same database,
 * `StartRefused` when the database or (in `listen`) the port cannot be opened.
 */
export async function openApp(deps: {
  config: Config;
  log: Log;
  clock?: Clock;
  /** Another process has taken over the database: stop at once. */
  onLockLost(): void;
  onQr?(qr: string): void;
  /** Further pages: the sandbox's. */
  pages?(sender: Sender): RequestHandler;
}): Promise<App> {
  const { config, log, clock = systemClock } = deps;
  const { account } = config.whatsapp;
  let { publicUrl } = config.auth;
  const refuse = (error: unknown) => Promise.reject(databaseRefusal(config.database.kind, error));
  if (config.database.kind === 'sqlite') requireBuilt('sqlite3', 'node_sqlite3.node');
  const lock = await takeInstanceLock(config.database, deps.onLockLost).catch(refuse);
  const database = await openDatabase(config.database, { onStep: tellStep(log) }).catch(
    async (error: unknown) => {
      await lock.release();
      return refuse(error);
    },
  );
  const { store } = database;
  const bodySealer = createSealer(config.encryptionKey, 'job-body');

  const sender = createWhatsAppSender({
    store,
    clock,
    log,
    account,
    encryptionKey: config.encryptionKey,
    settings: config.whatsapp,
    findText: createTextLookup({ store, clock, bodySealer }),
    ...(deps.onQr && { onQr: deps.onQr }),
  });
  const telegram = config.telegram && createTelegram({ ...config.telegram, clock, log });
  const alerts = createSenderAlerts({ store, clock, log, account, telegram });
  sender.onTrouble((trouble) => void alerts.trouble(trouble));

  const email = config.email && createEmailChannel({ clock, settings: config.email });
  const delivery = createDelivery({
    database,
    sender,
    email,
    clock,
    log,
    bodySealer,
    codeHash: createKeyedHash(config.encryptionKey, 'code'),
    settings: { account, ttlMs: config.otp.ttlMs, ...config.delivery },
  });
  const { persons } = delivery;
  const naming = createNaming({ database, clock, log, account, persons, personOf: personOfJid });
  sender.onNamed(naming.note);
  const idempotency = createIdempotency({
    store,
    clock,
    sealer: createSealer(config.encryptionKey, 'idempotency'),
    hash: createKeyedHash(config.encryptionKey, 'idempotency'),
  });
  const issuer = createCodeIssuer({ delivery, clock, messageTemplate: config.otp.messageTemplate });
  const codes = createCodeRequests({ issuer, idempotency, settings: config.otp });
  const parts = { config, store, clock, persons, issuer, publicUrl: () => publicUrl };
  const auth = authOf(parts);
  const housekeeping = createHousekeeping({ store, clock, log, ...auth });
  const sessions = createLogins({
    store:
      config.database.kind === 'postgres'
        ? config.database
        : { kind: 'sqlite', file: join(config.dataDir, 'sessions.db') },
    secret: config.admin.sessionSecret,
    clock,
    log,
  });
  const environmentKeys = [config.apiKey, config.previousApiKey].filter((key) => key !== null);
  const callers = createCallers({ store, clock, log, environmentKeys });
  const closing = new AbortController();
  const routes = createRoutes({
    env: config.env,
    rootDir: projectRoot,
    callers,
    trustProxy: config.server.trustProxy,
    rateLimitPerMinute: config.server.rateLimitPerMinute,
    credentials: config.admin,
    log,
    sessions,
    sender,
    codes,
    jobs: delivery.jobs,
    stats: delivery.stats,
    changes: delivery.changes,
    queue: delivery.control,
    alertsFailing: () => telegram?.failing() ?? null,
    auditLog: createAuditLog({ store, clock }),
    clock,
    startedAt: clock.now(),
    closing: closing.signal,
    readiness: createReadiness({ sender, delivery }),
    auth,
    openid: openidOf(parts),
    accountFor: createOpenIdAccounts({ store, clock }),
    clientUrls: config.auth.clientUrls,
    unknownLookupsPer10Minutes: config.auth.unknownLookupsPer10Minutes,
    email,
    ...(deps.pages && { extra: deps.pages(sender) }),
  });
  const server = createHttpServer(routes);

  try {
    await sender.load();
    await naming.catchUp();
    await delivery.start();
  } catch (error) {
    await database.close();
    await lock.release();
    return isUnavailable(error) ? refuse(error) : Promise.reject(error);
  }
  housekeeping.start();

  return {
    sender,
    async listen() {
      const { port: wanted, host } = config.server;
      const port = await server.listen(wanted, host).catch((error) => Promise.reject(listenRefusal(error)));
      publicUrl ??= `http://localhost:${port}`;
      sender.start();
      return port;
    },
    handleRejection: (reason) => sender.handleUnhandledRejection(reason),
    async close() {
      closing.abort();
      await server.close(HTTP_CLOSE_BOUND_MS);
      await housekeeping.stop();
      await delivery.stop();
      email?.close();
      await sender.stop();
      await naming.stop();
      await callers.idle();
      await Promise.all([telegram?.close(), sessions.close()]);
      await database.close();
      await lock.release();
    },
  };
}

/** What a long upgrade is at, and that it goes on. */
function tellStep(log: Log): (step: MigrationStep) => void {
  return ({ name, number, of, tookMs }) => {
    const migration = { migration: name, number, of };
    if (tookMs === null) log.info('the database is being brought up to date', migration);
    else log.info('a step of the database is done', { ...migration, tookMs });
  };
}

interface SignInParts {
  config: Config;
  store: Store;
  clock: Clock;
  persons: Persons;
  issuer: CodeIssuer;
  /** Null until the port is known. */
  publicUrl(): string | null;
}

function authOf({ config, store, clock, persons, issuer }: SignInParts): Auth {
  return createAuth({
    store,
    clock,
    persons,
    issuer,
    challengeHash: createKeyedHash(config.encryptionKey, 'challenge'),
    settings: { ...config.auth, issuer: TOKEN_ISSUER, production: config.env === 'production' },
  });
}

function openidOf({ config, store, clock, publicUrl }: SignInParts): OpenIdLogin | null {
  const { google } = config.auth;
  return (
    google &&
    createOpenIdLogin({
      store,
      clock,
      sealer: createSealer(config.encryptionKey, 'openid'),
      settings: {
        ...google,
        redirectUri: () => `${publicUrl() ?? ''}${GOOGLE_CALLBACK}`,
        allowHttp: google.issuer.startsWith('http:'),
      },
    })
  );
}
