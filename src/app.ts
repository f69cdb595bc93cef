import type { RequestHandler } from 'express';
import type { Config } from '../config/config.js';
import { projectRoot } from '../database/root.js';
import { databaseRefusal, listenRefusal } from '../database/start-refused.js';
import { isUnavailable } from '../database/unavailable.js';
import { createAuditLog } from './admin/audit/audit-log.js';
import { createFloods } from './alarms/floods.js';
import { createWatch } from './alarms/watch.js';
import { dashboardOf } from './app/dashboard.js';
import { openLocked } from './app/database.js';
import { hooksOf } from './app/hooks.js';
import { issuingOf } from './app/issuing.js';
import { keyChangesOf } from './app/key-changes.js';
import { logInsOf } from './app/log-ins.js';
import { createOpened, type Opened } from './app/opened.js';
import { createSending } from './app/sending.js';
import { authOf, noticesOf, openidOf } from './app/sign-in.js';
import { verificationsOf } from './app/verifications.js';
import { toldDoors, toldRequests, webhooksOf } from './app/webhooks.js';
import { createHousekeeping } from './auth/housekeeping.js';
import { createOpenIdAccounts } from './auth/openid/openid-accounts.js';
import type { SharedPasswords } from './auth/passwords/passwords.js';
import { createCallers } from './callers/index.js';
import type { Sender } from './channels/sender.js';
import { type Clock, systemClock } from './clock.js';
import { createCaptchaVerifier } from './http/access/captcha-verifier.js';
import { plainHeaders } from './http/headers.js';
import { createHttpServer } from './http/server.js';
import { createLimits } from './limits/index.js';
import type { Log } from './log.js';
import { blockAlarms } from './otp/conversion/block-alarms.js';
import { createIdempotency } from './otp/idempotency.js';
import { createReadiness } from './otp/readiness.js';
import { createCodeRequests } from './otp/request.js';
import { createRoutes } from './routes.js';
import { createSealing } from './sealing.js';

export interface App {
  /** Opens the port, then the connection to WhatsApp. Resolves with the port. */
  listen(): Promise<number>;
  /** Finishes the work in hand (for a bounded time), then closes everything without logging out. */
  close(): Promise<void>;
  /** An unhandled rejection: true when it came from the WhatsApp connection and only that was ended. */
  handleRejection(reason: unknown): boolean;
  sender: Sender;
}

/** How long responses in progress may take at shutdown. */
const HTTP_CLOSE_BOUND_MS = 2_000;

interface AppDeps {
  config: Config;
  log: Log;
  clock?: Clock;
  /** Another process has taken over the database: stop at once. */
  onLockLost(): void;
  onQr?(qr: string): void;
  /** Replaces the default, for cheaper hashes. */
  passwords?: SharedPasswords;
  /** Additional pages: the sandbox's. */
  pages?(sender: Sender): RequestHandler;
}

/**
 * Creates every long-lived object once. Throws `AlreadyRunning` when another process runs on the same database,
 * `StartRefused` when the database or (in `listen`) the port cannot be opened; then nothing stays open.
 */
export async function openApp(deps: AppDeps): Promise<App> {
  const opened = createOpened();
  try {
    return await open(deps, opened);
  } catch (error) {
    await opened.close().catch((failure: unknown) => {
      deps.log.error('what was open could not all be closed after a failed start', { error: failure });
    });
    throw isUnavailable(error) ? databaseRefusal(deps.config.database.kind, error) : error;
  }
}

async function open(deps: AppDeps, opened: Opened): Promise<App> {
  const { config, log, clock = systemClock } = deps;
  const { publicOrigin, connectionsPerAddress } = config.server;
  const https = publicOrigin?.startsWith('https:') ?? false;
  const headers = plainHeaders({ https });
  let { publicUrl } = config.auth;
  const database = await openLocked(config.database, { ...deps, opened });
  const { store } = database;
  const sealing = createSealing(config.encryptionKey, config.previousEncryptionKey);
  const common = { config, database, store, clock, log, sealing, opened };
  const keyChanges = await keyChangesOf(common);

  const limits = createLimits({ store, clock, rules: config.limits });
  const sending = createSending({
    ...common,
    limits,
    publicUrl: () => publicUrl,
    ...(deps.onQr && { onQr: deps.onQr }),
  });
  const { sender, mail, sms, delivery, blocked, alarms } = sending;
  const { persons } = delivery;
  const issuing = await issuingOf({ ...common, ...sending, limits });
  const { routing, issuer, lateLinks, conversion, coldBudget, optOuts } = issuing;
  const idempotency = createIdempotency({
    store,
    clock,
    sealer: sealing.sealer('idempotency'),
    hash: sealing.hash('idempotency'),
  });
  const floods = createFloods({ store, clock, log, alarms });
  opened.add(floods.close);
  const known = { ...issuing, delivery, limits, floods, idempotency };
  const webhooks = webhooksOf({ ...common, sending, limits, routing });
  const checked = verificationsOf({ ...common, ...known, publicUrl: () => publicUrl ?? '' });
  const notices = noticesOf({ ...common, delivery, limits, optOuts });
  const told = toldDoors(webhooks, { issuer, ...checked });
  const signIn = { persons, ...told, limits, floods, notices, passwords: deps.passwords };
  const auth = authOf({ ...common, keyChanges, ...signIn });
  const sessions = logInsOf({ ...common, https });
  const auditLog = createAuditLog({ store, clock });
  const environmentKeys = [config.apiKey, config.previousApiKey].filter((key) => key !== null);
  const environment = { environmentKeys, environment: config.environmentCaller };
  const callers = createCallers({ ...common, ...environment, audit: auditLog, floods });
  opened.add(callers.idle);
  const hooks = hooksOf({
    ...common,
    ...config.whatsapp,
    ...known,
    ...checked,
    ...told,
    audit: auditLog,
    publicUrl: () => publicUrl ?? '',
  });

  await sending.start();
  await optOuts.load();
  // Stopped before the lanes that it puts messages into.
  opened.add(routing.stop);
  routing.start();
  opened.add(lateLinks.stop);
  lateLinks.start();
  opened.add(webhooks.stop);
  await webhooks.start();
  const watch = createWatch({
    ...common,
    alarms,
    rules: config.limits,
    coldOfDay: delivery.stats.coldOfDay,
    countMissed: auth.missedNumbers.count,
    looks: [() => blockAlarms(blocked)],
  });
  opened.add(watch.stop);
  watch.start();
  const housekeeping = createHousekeeping({ ...common, ...auth });
  opened.add(housekeeping.stop);
  housekeeping.start();
  opened.add(keyChanges.stop);
  keyChanges.start();

  const closing = new AbortController();
  const app = createRoutes({
    env: config.env,
    rootDir: projectRoot,
    callers,
    ...config.server,
    headers,
    credentials: config.admin,
    log,
    sessions,
    sender,
    codes: toldRequests(webhooks, createCodeRequests({ issuer, idempotency, settings: config.otp })),
    ...dashboardOf({ ...common, sending, keyChanges, conversion, routing, optOuts, limits }),
    routing,
    ...checked,
    ...hooks,
    verifications: told.verifications,
    webhooks,
    publicUrl: () => publicUrl ?? '',
    ...config.otp,
    auditLog,
    store,
    floods,
    clock,
    coldAllowed: () => coldBudget.allowed(delivery),
    captcha: config.captcha && createCaptchaVerifier({ clock, settings: config.captcha }),
    closing: closing.signal,
    readiness: createReadiness({ sender, delivery }),
    auth,
    openid: openidOf({ ...common, publicUrl: () => publicUrl }),
    accountFor: createOpenIdAccounts({ store, clock, log, notices }),
    clientUrls: config.auth.clientUrls,
    limits,
    tokenCookie: config.auth.tokenCookie,
    email: mail,
    receivers: { sms: sms?.receiver ?? null },
    ...(deps.pages && { extra: deps.pages(sender) }),
  });
  const server = createHttpServer(app, { clock, log, connectionsPerAddress, headers });
  opened.add(() => server.close(HTTP_CLOSE_BOUND_MS));
  // Endless responses are ended first of all.
  opened.add(() => closing.abort());

  return {
    sender,
    async listen() {
      const { port: wanted, host } = config.server;
      const port = await server.listen(wanted, host).catch((error) => Promise.reject(listenRefusal(error)));
      publicUrl ??= `http://localhost:${port}`;
      sender.start();
      return port;
    },
    handleRejection: sender.handleUnhandledRejection,
    close: opened.close,
  };
}
