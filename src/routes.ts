import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import { type AdminDeps, createAdmin } from './admin/index.js';
import { healthz, readyz } from './api/health.js';
import { otpStatus } from './api/otp-status.js';
import { cancelOtp, listOtps } from './api/own-otp.js';
import { providerReceipts } from './api/provider-receipts.js';
import { securityTxt } from './api/security-txt.js';
import { sendOtp } from './api/send-otp.js';
import { createVerificationHandlers } from './api/verifications/index.js';
import { createWebhookHandlers } from './api/webhooks/index.js';
import type { Callers } from './callers/index.js';
import type { Scope } from './callers/scopes.js';
import type { MailSender } from './channels/email/index.js';
import type { Receiver } from './channels/sms/index.js';
import { type ContractsDeps, createContracts } from './contracts/index.js';
import { createHookDoor, type HookDoorDeps } from './hooks/index.js';
import { createHostedPages, type HostedDeps } from './hosted/index.js';
import { requireApiKey, withinKeyLimit } from './http/access/api-key.js';
import { requireCaptcha } from './http/access/captcha.js';
import type { CaptchaVerifier } from './http/access/captcha-verifier.js';
import { knowClient } from './http/access/client.js';
import { operatorsOnly } from './http/access/operators.js';
import { createRateLimits } from './http/access/rate-limits.js';
import { answerErrors } from './http/errors.js';
import { noteForwarded } from './http/forwarded.js';
import { gatewayShape, notFound } from './http/gateway-errors.js';
import { renderPages, withHeaders } from './http/headers.js';
import { get, getAndPost, methods, post } from './http/methods.js';
import { jsonBody, rawBody } from './http/parse.js';
import { servePublicFiles } from './http/public-files.js';
import { serveVendorFile } from './http/vendor-files.js';
import type { Log } from './log.js';
import { createDocs } from './openapi/served.js';
import type { Readiness } from './otp/readiness.js';
import type { CodeRequests } from './otp/request.js';
import type { Routing } from './otp/route/route.js';
import type { StartsOnce } from './otp/verifications/starts-once.js';
import type { Verifications } from './otp/verifications/verification.js';
import { createTwilio } from './twilio/index.js';

export interface RoutesDeps
  extends Omit<AdminDeps, 'users' | 'history' | 'keys'>,
    Pick<HostedDeps, 'pageTokens' | 'pageFormHash' | 'appName' | 'defaultLanguage'>,
    Pick<HookDoorDeps, 'hookRows' | 'receive'>,
    Omit<ContractsDeps, 'perAddress' | 'knowClient' | 'operatorsOnly' | 'sendGuards' | 'home'> {
  env: string;
  /** The folder that holds views/ and public/. */
  rootDir: string;
  callers: Callers;
  /** Proxies in front whose X-Forwarded-* entries are believed. */
  trustProxy: number;
  rateLimitPerMinute: number;
  /** Of every answer. */
  headers: Readonly<Record<string, string>>;
  /** A URI for security researchers; null: they get none. */
  securityContact: string | null;
  /** Null: the doors that send ask for no CAPTCHA. */
  captcha: CaptchaVerifier | null;
  codes: CodeRequests;
  routing: Pick<Routing, 'reaches' | 'storyOf' | 'cancel'>;
  verifications: Verifications;
  startsOnce: StartsOnce;
  readiness: Readiness;
  /** Null: no mail server is configured. */
  email: Pick<MailSender, 'trouble'> | null;
  /** Who takes the receipts of providers, by channel; null: none comes in. */
  receivers?: Readonly<Record<string, Receiver | null>>;
  log: Log;
  /** Pages of the sandbox. */
  extra?: RequestHandler;
}

/** The table of contents: every URL and what guards it, in the order in which it is checked. */
export function createRoutes(deps: RoutesDeps): Express {
  const app = createExpress(deps);
  const { perAddress, healthChecks, perCaller } = createRateLimits(deps.rateLimitPerMinute);
  const { callers } = deps;
  const withKey = (scope: Scope) => [requireApiKey(callers, scope), perCaller, withinKeyLimit(callers)];

  get(app, '/healthz', healthChecks, healthz);
  get(app, '/readyz', healthChecks, readyz(deps));

  post(app, '/api/v1/otp/send', perAddress, ...withKey('otp:send'), jsonBody, sendOtp(deps));
  get(app, '/api/v1/otp', perAddress, ...withKey('otp:read'), listOtps(deps));
  get(app, '/api/v1/otp/:jobId', perAddress, ...withKey('otp:read'), otpStatus(deps));
  post(app, '/api/v1/otp/:jobId/cancel', perAddress, ...withKey('otp:send'), cancelOtp(deps));

  const verify = [perAddress, ...withKey('verify')];
  const verification = createVerificationHandlers(deps);
  getAndPost(app, '/api/v1/verifications', {
    get: [...verify, verification.list],
    post: [...verify, jsonBody, verification.start],
  });
  post(app, '/api/v1/verifications/check', ...verify, jsonBody, verification.checkByContact);
  get(app, '/api/v1/verifications/:id', ...verify, verification.find);
  post(app, '/api/v1/verifications/:id/check', ...verify, jsonBody, verification.check);
  post(app, '/api/v1/verifications/:id/resend', ...verify, jsonBody, verification.resend);
  post(app, '/api/v1/verifications/:id/cancel', ...verify, verification.cancel);

  const manage = [perAddress, ...withKey('webhooks:manage')];
  const webhook = createWebhookHandlers({ ...deps, audit: deps.auditLog });
  methods(app, '/api/v1/webhooks', {
    get: [...manage, webhook.list],
    post: [...manage, jsonBody, webhook.create],
  });
  methods(app, '/api/v1/webhooks/:id', {
    get: [...manage, webhook.find],
    patch: [...manage, jsonBody, webhook.change],
    delete: [...manage, webhook.remove],
  });
  post(app, '/api/v1/webhooks/:id/rotate', ...manage, webhook.rotate);
  post(app, '/api/v1/webhooks/:id/test', ...manage, webhook.test);
  get(app, '/api/v1/webhooks/:id/deliveries', ...manage, webhook.deliveries);
  post(app, '/api/v1/webhooks/:id/deliveries/:deliveryId/replay', ...manage, webhook.replay);

  app.use('/v2', createTwilio({ ...deps, perAddress, perCaller }));
  app.all('/providers/:channel/:key', perAddress, rawBody, providerReceipts(deps.receivers ?? {}));

  app.use('/hooks', createHookDoor({ ...deps, perAddress }));

  app.use(
    createContracts({
      ...deps,
      perAddress,
      knowClient: knowClient(callers),
      operatorsOnly: operatorsOnly(deps),
      sendGuards: deps.captcha ? [requireCaptcha(deps.captcha, callers, deps.limits)] : [],
      home,
    }),
  );
  app.use(perAddress);

  const docs = createDocs(deps);
  get(app, '/openapi.json', docs.json);
  get(app, '/docs', docs.page);
  get(app, '/.well-known/security.txt', securityTxt({ contact: deps.securityContact, clock: deps.clock }));
  get(app, '/assets/vendor/:name', serveVendorFile());
  app.use('/assets', servePublicFiles(join(deps.rootDir, 'public'), deps.extra !== undefined));
  app.use(
    '/admin',
    createAdmin({ ...deps, users: deps.auth.users, history: deps.auth.history, keys: callers.keys }),
  );
  app.use('/v', createHostedPages(deps));
  if (deps.extra) app.use(deps.extra);

  app.use(notFound);
  app.use(answerErrors({ shape: gatewayShape({ showStack: deps.env === 'development' }), log: deps.log }));
  return app;
}

const home: RequestHandler = (_req, res) => res.redirect('/admin/status');

function createExpress(deps: RoutesDeps): Express {
  const { env, rootDir, trustProxy } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // The session cookie's path is compared letter by letter.
  app.enable('case sensitive routing');
  app.set('query parser', false);
  app.set('trust proxy', trustProxy);
  app.set('env', env);
  app.set('views', join(rootDir, 'views'));
  app.set('view engine', 'ejs');
  app.set('view cache', env !== 'development');
  renderPages(app);
  const headers = withHeaders(deps.headers);
  const forwarded = noteForwarded(deps);
  // One step of the router: every request pays for it.
  app.use(
    trustProxy === 0 ? (req, res, next) => headers(req, res, () => forwarded(req, res, next)) : headers,
  );
  return app;
}
