import { type RequestHandler, Router } from 'express';
import type { Sender } from '../channels/sender.js';
import type { Jobs } from '../delivery/jobs.js';
import type { QueueControl } from '../delivery/pause.js';
import { type Csrf, createCsrf } from '../http/csrf.js';
import { methodNotAllowed } from '../http/errors.js';
import { noStore, pageHeaders } from '../http/headers.js';
import { get, post } from '../http/methods.js';
import { formBody, jsonBody } from '../http/parse.js';
import { createLoginLimits } from '../http/rate-limits.js';
import type { Sessions } from '../http/sessions.js';
import { apiNeedsLogin, pageNeedsLogin } from './guards.js';
import { jobCounts, recentJobs, retryJob } from './jobs.js';
import { createLogin } from './login.js';
import { qrImage } from './qr.js';
import { createSessionActions } from './session-actions.js';
import { statusJson, statusPage } from './status.js';

export interface AdminDeps {
  credentials: { username: string; password: string };
  sessions: Sessions;
  sender: Sender;
  jobs: Jobs;
  queue: QueueControl;
}

/** Everything below /admin. */
export function createAdmin(deps: AdminDeps): RequestHandler {
  const { sessions } = deps;
  const csrf = createCsrf();
  const login = createLogin({ ...deps, csrf });
  const admin = Router();

  admin.use(pageHeaders, noStore, sessions.middleware);

  admin
    .route('/login')
    .get(login.page)
    .post(formBody, csrf.guard, createLoginLimits(login.tooMany), login.logIn)
    .all(methodNotAllowed('GET, HEAD, POST'));
  admin.use('/api', createApi(deps, csrf));

  admin.use(pageNeedsLogin(sessions));
  get(admin, '/', (_req, res) => res.redirect('/admin/status'));
  get(admin, '/status', statusPage(deps, csrf));
  get(admin, '/qr.svg', qrImage(deps.sender));
  post(admin, '/logout', formBody, csrf.guard, login.logOut);
  return admin;
}

/** What the dashboard's buttons and other programs with a session use. */
function createApi(deps: AdminDeps, csrf: Csrf): RequestHandler {
  const { sessions, jobs } = deps;
  const act = createSessionActions(deps);
  const api = Router();
  api.use(apiNeedsLogin(sessions), csrf.guard);
  get(api, '/status', statusJson(deps));
  get(api, '/stats', jobCounts(jobs));
  get(api, '/jobs', recentJobs(jobs));
  post(api, '/jobs/:id/retry', retryJob(jobs));
  post(api, '/session/reload', act.reload);
  post(api, '/session/logout', act.logOut);
  post(api, '/session/pairing-code', jsonBody, act.pairingCode);
  post(api, '/queue/pause', act.pause);
  post(api, '/queue/resume', act.resume);
  return api;
}
