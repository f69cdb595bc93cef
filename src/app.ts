import { join } from 'node:path';
import type { RequestHandler } from 'express';
import type { Config } from '../config/config.js';
import { openDatabase } from '../database/connect.js';
import { takeInstanceLock } from '../database/instance-lock.js';
import { projectRoot } from '../database/root.js';
import { databaseRefusal, listenRefusal } from '../database/start-refused.js';
import { createAuditLog } from './admin/audit-log.js';
import { createSenderAlerts } from './alerts/alerts.js';
import { createTelegram } from './alerts/telegram.js';
import type { Sender } from './channels/sender.js';
import { createWhatsAppSender } from './channels/whatsapp/index.js';
import { type Clock, systemClock } from './clock.js';
import { createTextLookup } from './delivery/body.js';
import { createDelivery } from './delivery/index.js';
import { createHttpServer } from './http/server.js';
import { createSessions } from './http/sessions.js';
import type { Log } from './log.js';
import { createIdempotency } from './otp/idempotency.js';
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
  const refuse = (error: unknown) => Promise.reject(databaseRefusal(config.database.kind, error));
  const lock = await takeInstanceLock(config.database, deps.onLockLost).catch(refuse);
  const database = await openDatabase(config.database).catch(async (error: unknown) => {
    await lock.release();
    return refuse(error);
  });
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
  sender.onTrouble((trouble) => void alerts.trouble(trouble && { ...trouble, me: sender.status().me }));

  const delivery = createDelivery({
    database,
    sender,
    clock,
    log,
    bodySealer,
    codeHash: createKeyedHash(config.encryptionKey, 'code'),
    settings: { account, ttlMs: config.otp.ttlMs, ...config.delivery },
  });
  const idempotency = createIdempotency({
    store,
    clock,
    sealer: createSealer(config.encryptionKey, 'idempotency'),
    hash: createKeyedHash(config.encryptionKey, 'idempotency'),
  });
  const codes = createCodeRequests({ delivery, idempotency, clock, settings: config.otp });
  const sessions = createSessions({
    store:
      config.database.kind === 'postgres'
        ? config.database
        : { kind: 'sqlite', file: join(config.dataDir, 'sessions.db') },
    secret: config.admin.sessionSecret,
    clock,
  });
  const closing = new AbortController();
  const routes = createRoutes({
    env: config.env,
    rootDir: projectRoot,
    apiKey: config.apiKey,
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
    auditLog: createAuditLog({ store, clock }),
    clock,
    startedAt: clock.now(),
    closing: closing.signal,
    readiness: createReadiness({ sender, delivery }),
    ...(deps.pages && { extra: deps.pages(sender) }),
  });
  const server = createHttpServer(routes);

  await sender.load();
  await delivery.start();

  return {
    sender,
    async listen() {
      const { port: wanted, host } = config.server;
      const port = await server.listen(wanted, host).catch((error) => Promise.reject(listenRefusal(error)));
      sender.start();
      return port;
    },
    handleRejection: (reason) => sender.handleUnhandledRejection(reason),
    async close() {
      closing.abort();
      await server.close(HTTP_CLOSE_BOUND_MS);
      await delivery.stop();
      await sender.stop();
      await Promise.all([telegram?.close(), sessions.close()]);
      await database.close();
      await lock.release();
    },
  };
}
