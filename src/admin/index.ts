import { type RequestHandler, Router } from 'express';
import { type Csrf, createCsrf } from '../http/access/csrf.js';
import { createFormToken } from '../http/access/form-token.js';
import { methodNotAllowed } from '../http/gateway-errors.js';
import { noStore } from '../http/headers.js';
import { get, post } from '../http/methods.js';
import { formBody, jsonBody } from '../http/parse.js';
import type { AdminDeps } from './admin-deps.js';
import { type Audit, auditPage, createAudit } from './audit/audit.js';
import { countDigitSearches } from './audit/digit-searches.js';
import { createCallerNames } from './callers/caller-names.js';
import { createConversionActions } from './conversion/conversion-actions.js';
import { createConversionPages } from './conversion/conversion-screens.js';
import { eventStream } from './events.js';
import { apiNeedsLogin, comeAgain, noNulInPath, pageNeedsLogin } from './guards.js';
import { createIntegrationRoutes } from './integrations/integration-routes.js';
import { createJobActions } from './jobs/job-actions.js';
import { createJobPages } from './jobs/job-screens.js';
import { createKeyActions } from './keys/key-actions.js';
import { createKeyPages } from './keys/key-screens.js';
import { createLayout } from './layout.js';
import { createLogInTries } from './log-ins/log-in-tries.js';
import { createOpenSessions } from './log-ins/open-sessions.js';
import { createLogin } from './login.js';
import { createReachPages } from './reach/reach-screens.js';
import { createChannelActions } from './status/channels.js';
import { qrImage } from './status/qr.js';
import { createSessionActions } from './status/session-actions.js';
import { statsJson } from './status/stats-request.js';
import { statusJson, statusPage } from './status/status.js';
import { createUserActions } from './users/user-actions.js';
import { createUserPages } from './users/user-screens.js';
import { createVerificationRoutes } from './verifications/verification-routes.js';

export type { AdminDeps } from './admin-deps.js';

/** Everything below /admin. */
export function createAdmin(deps: AdminDeps): RequestHandler {
  const { sessions, auditLog } = deps;
  const site = { origin: deps.publicOrigin };
  const csrf = createCsrf(site);
  const form = createFormToken({ hash: deps.formHash, site, path: '/admin/login' });
  const layout = createLayout({ csrf, sessions });
  const audit = createAudit({ log: auditLog, sessions });
  const login = createLogin({ ...deps, csrf, form, audit, site, tries: createLogInTries(deps) });
  const callerNames = createCallerNames(deps);
  const pages = createJobPages({ ...deps, callerNames, layout });
  const verifications = createVerificationRoutes({
    ...deps,
    codes: deps.storedCodes,
    callerNames,
    layout,
    audit,
  });
  const integrations = createIntegrationRoutes({ ...deps, callerNames, layout, audit });
  const reach = createReachPages({ ...deps, codes: deps.storedCodes, layout });
  const userPages = createUserPages({ ...deps, layout });
  const keyPages = createKeyPages({ ...deps, layout });
  const conversion = createConversionPages({ ...deps, layout });
  const searches = countDigitSearches({ ...deps, audit });
  const openSessions = createOpenSessions({ sessions, layout, audit });
  const admin = Router();

  admin.use(noStore, noNulInPath, comeAgain(sessions), sessions.middleware);

  admin
    .route('/login')
    .get(login.page)
    .post(formBody, form.guard, login.logIn, login.refused)
    .all(methodNotAllowed('GET, HEAD, POST'));
  admin.use(
    '/api',
    createApi(deps, {
      csrf,
      audit,
      pages,
      verifications: verifications.api,
      integrations: integrations.api,
      reach,
      userPages,
      keyPages,
      conversion,
      openSessions,
      searches,
    }),
  );
  get(admin, '/events', apiNeedsLogin(sessions), eventStream(deps));

  admin.use(pageNeedsLogin(sessions), searches);
  get(admin, '/', (_req, res) => res.redirect('/admin/status'));
  get(admin, '/status', statusPage({ ...deps, layout }));
  get(admin, '/qr.svg', qrImage(deps.sender));
  get(admin, '/jobs', pages.listPage);
  get(admin, '/jobs/:id', pages.storyPage);
  admin.use('/verifications', verifications.pages);
  admin.use('/integrations', integrations.pages);
  get(admin, '/reach', reach.page);
  get(admin, '/users', userPages.listPage);
  get(admin, '/users/:id', userPages.userPage);
  get(admin, '/keys', keyPages.listPage);
  get(admin, '/keys/new', keyPages.newPage);
  get(admin, '/keys/:id', keyPages.keyPage);
  get(admin, '/conversion', conversion.page);
  get(admin, '/sessions', openSessions.page);
  get(admin, '/audit', auditPage({ log: auditLog, layout }));
  post(admin, '/logout', formBody, csrf.guard, login.logOut);
  return admin;
}

/** What the dashboard's buttons and other programs with a session use. */
function createApi(
  deps: AdminDeps,
  parts: {
    csrf: Csrf;
    audit: Audit;
    pages: ReturnType<typeof createJobPages>;
    verifications: RequestHandler;
    integrations: RequestHandler;
    reach: ReturnType<typeof createReachPages>;
    userPages: ReturnType<typeof createUserPages>;
    keyPages: ReturnType<typeof createKeyPages>;
    conversion: ReturnType<typeof createConversionPages>;
    openSessions: ReturnType<typeof createOpenSessions>;
    searches: RequestHandler;
  },
): RequestHandler {
  const {
    csrf,
    audit,
    pages,
    verifications,
    integrations,
    reach,
    userPages,
    keyPages,
    conversion,
    openSessions,
    searches,
  } = parts;
  const session = createSessionActions({ ...deps, audit });
  const channel = createChannelActions({ ...deps, audit });
  const job = createJobActions({ ...deps, audit });
  const user = createUserActions({ ...deps, audit });
  const key = createKeyActions({ ...deps, audit });
  const block = createConversionActions({ ...deps, audit });
  const api = Router();
  api.use(apiNeedsLogin(deps.sessions), csrf.guard, searches);
  get(api, '/status', statusJson(deps));
  get(api, '/stats', statsJson(deps));
  get(api, '/jobs', pages.listJson);
  get(api, '/jobs/bulk', job.count);
  get(api, '/jobs/bulk/questions', job.questions);
  post(api, '/jobs/retry', jsonBody, job.retryAll);
  post(api, '/jobs/delete', jsonBody, job.removeAll);
  get(api, '/jobs/:id', pages.storyJson);
  post(api, '/jobs/:id/retry', job.retry);
  post(api, '/jobs/:id/delete', job.remove);
  post(api, '/jobs/:id/reveal', job.reveal);
  api.use('/verifications', verifications);
  api.use('/integrations', integrations);
  get(api, '/reach', reach.json);
  get(api, '/users', userPages.listJson);
  get(api, '/users/:id', userPages.userJson);
  post(api, '/users/:id/deactivate', user.deactivate);
  post(api, '/users/:id/reactivate', user.reactivate);
  post(api, '/users/:id/let-in', user.letIn);
  post(api, '/users/:id/delete', user.remove);
  post(api, '/users/:id/reveal', user.reveal);
  api
    .route('/keys')
    .get(keyPages.listJson)
    .post(jsonBody, key.create)
    .all(methodNotAllowed('GET, HEAD, POST'));
  get(api, '/keys/:id', keyPages.keyJson);
  post(api, '/keys/:id/rotate', jsonBody, key.rotate);
  post(api, '/keys/:id/revoke', key.revoke);
  get(api, '/conversion', conversion.json);
  post(api, '/blocked-prefixes/:prefix/lift', block.lift);
  post(api, '/keys/:id/return-urls', jsonBody, key.setReturnUrls);
  post(api, '/keys/:id/refuse-sms', jsonBody, key.setRefusesSms);
  post(api, '/keys/:id/texts', jsonBody, key.setText);
  post(api, '/keys/:id/test-numbers', jsonBody, key.putTestNumber);
  post(api, '/keys/:id/test-numbers/remove', jsonBody, key.removeTestNumber);
  get(api, '/sessions', openSessions.json);
  post(api, '/sessions/end', openSessions.endAll);
  post(api, '/sessions/:id/end', openSessions.end);
  post(api, '/session/reload', session.reload);
  post(api, '/session/logout', session.logOut);
  post(api, '/session/pairing-code', jsonBody, session.pairingCode);
  get(api, '/channels', channel.list);
  post(api, '/channels/:name/pause', channel.pause);
  post(api, '/channels/:name/resume', channel.resume);
  post(api, '/queue/pause', session.pause);
  post(api, '/queue/resume', session.resume);
  return api;
}
