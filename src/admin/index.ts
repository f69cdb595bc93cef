import { type RequestHandler, Router } from 'express';
import type { Store } from '../../database/schema.js';
import type { Floods } from '../alarms/floods.js';
import type { AlertsFailing } from '../alerts/telegram.js';
import type { Users } from '../auth/accounts/users.js';
import type { History } from '../auth/history/history.js';
import type { Keys } from '../callers/keys.js';
import type { Sender } from '../channels/sender.js';
import type { Clock } from '../clock.js';
import type { Changes } from '../delivery/changes.js';
import type { Jobs } from '../delivery/operators/jobs.js';
import type { Stats } from '../delivery/operators/stats.js';
import type { ChannelSwitch, QueueControl } from '../delivery/pause.js';
import { type Csrf, createCsrf } from '../http/access/csrf.js';
import { createFormToken } from '../http/access/form-token.js';
import { methodNotAllowed } from '../http/gateway-errors.js';
import { noStore } from '../http/headers.js';
import { get, post } from '../http/methods.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';
import { formBody, jsonBody } from '../http/parse.js';
import type { KeyChanges } from '../key-changes/index.js';
import type { Limits } from '../limits/index.js';
import type { BlockedPrefixes } from '../otp/conversion/blocked-prefixes.js';
import type { Conversion } from '../otp/conversion/conversion.js';
import type { Codes } from '../otp/operators/codes.js';
import type { Verifications } from '../otp/verifications/verification.js';
import type { KeyedHash } from '../sealing.js';
import { type Audit, auditPage, createAudit } from './audit/audit.js';
import type { AuditLog } from './audit/audit-log.js';
import { countDigitSearches } from './audit/digit-searches.js';
import { createConversionActions } from './conversion/conversion-actions.js';
import { createConversionPages } from './conversion/conversion-screens.js';
import { eventStream } from './events.js';
import { apiNeedsLogin, comeAgain, pageNeedsLogin } from './guards.js';
import { createJobActions } from './jobs/job-actions.js';
import { createJobPages } from './jobs/job-screens.js';
import { createKeyActions } from './keys/key-actions.js';
import { createKeyPages } from './keys/key-screens.js';
import { createLayout } from './layout.js';
import { createLogInTries } from './log-ins/log-in-tries.js';
import { createOpenSessions } from './log-ins/open-sessions.js';
import { createLogin } from './login.js';
import { createChannelActions } from './status/channels.js';
import { qrImage } from './status/qr.js';
import { createSessionActions } from './status/session-actions.js';
import { statsJson } from './status/stats-request.js';
import { type StatusDeps, statusJson, statusPage } from './status/status.js';
import { createUserActions } from './users/user-actions.js';
import { createUserPages } from './users/user-screens.js';
import { createVerificationRoutes } from './verifications/verification-routes.js';

export interface AdminDeps {
  credentials: { username: string; password: string };
  sessions: Sessions;
  sender: Sender;
  jobs: Jobs;
  storedCodes: Codes;
  verifications: Pick<Verifications, 'cancel'>;
  stats: Stats;
  changes: Pick<Changes, 'subscribe'>;
  queue: QueueControl;
  /** Of the channels that are set up. */
  switches: readonly ChannelSwitch[];
  alertsFailing(): AlertsFailing | null;
  keyProgress: KeyChanges['progress'];
  users: Users;
  history: History;
  keys: Keys;
  auditLog: AuditLog;
  store: Store;
  limits: Limits;
  floods: Floods;
  conversion: Pick<Conversion, 'figures'>;
  blocked: Pick<BlockedPrefixes, 'list' | 'lift'>;
  /** Keyed: of what somebody typed as a user name. */
  nameHash(typed: string): string;
  /** Of the log-in form's cookie. */
  formHash: KeyedHash;
  clock: Clock;
  /** Of PUBLIC_URL; null: it is not set. */
  publicOrigin: string | null;
  /** When this process began, Unix ms. */
  startedAt: number;
  /** First messages to new people that a day may have; null: any number. */
  coldAllowed: StatusDeps['coldAllowed'];
  /** Ends what would otherwise stay open: the streams of events. */
  closing: AbortSignal;
}

/** Everything below /admin. */
export function createAdmin(deps: AdminDeps): RequestHandler {
  const { sessions, auditLog } = deps;
  const site = { origin: deps.publicOrigin };
  const csrf = createCsrf(site);
  const form = createFormToken({ hash: deps.formHash, site, path: '/admin/login' });
  const layout = createLayout({ csrf, sessions });
  const audit = createAudit({ log: auditLog, sessions });
  const login = createLogin({ ...deps, csrf, form, audit, site, tries: createLogInTries(deps) });
  const pages = createJobPages({ ...deps, layout });
  const verifications = createVerificationRoutes({ ...deps, codes: deps.storedCodes, layout, audit });
  const userPages = createUserPages({ ...deps, layout });
  const keyPages = createKeyPages({ ...deps, layout });
  const conversion = createConversionPages({ ...deps, layout });
  const searches = countDigitSearches({ ...deps, audit });
  const openSessions = createOpenSessions({ sessions, layout, audit });
  const admin = Router();

  admin.use(noStore, comeAgain(sessions), sessions.middleware);

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
    userPages: ReturnType<typeof createUserPages>;
    keyPages: ReturnType<typeof createKeyPages>;
    conversion: ReturnType<typeof createConversionPages>;
    openSessions: ReturnType<typeof createOpenSessions>;
    searches: RequestHandler;
  },
): RequestHandler {
  const { csrf, audit, pages, verifications, userPages, keyPages, conversion, openSessions, searches } =
    parts;
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
