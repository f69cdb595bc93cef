import { createHash } from 'node:crypto';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Clock } from '../clock.js';
import { AppError } from '../errors.js';
import { isCrossSite, type OwnSite } from '../http/access/cross-site.js';
import type { Csrf } from '../http/access/csrf.js';
import type { FormToken } from '../http/access/form-token.js';
import { ownField, wantsPage } from '../http/answer.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';
import { sameBytes } from '../same-bytes.js';
import { typedName } from '../typed/name.js';
import { typedPassword } from '../typed/password.js';
import type { Audit } from './audit/audit.js';
import type { LogInTries } from './log-ins/log-in-tries.js';

const STATUS_PAGE = '/admin/status';
const LOGIN_PAGE = '/admin/login';
const FROM_ELSEWHERE =
  'This form was sent from a page of another site. Please sign in here. (Behind a reverse proxy: it must pass on the Host header with its port. With PUBLIC_URL: that must be the address of this page.)';
const TOO_OLD =
  'This page had been open for too long, or the browser keeps no cookies. Please sign in again.';

/** Signing in and out. Whether the name or the password was wrong is not revealed. */
export function createLogin(deps: {
  credentials: { username: string; password: string };
  sessions: Sessions;
  csrf: Csrf;
  /** Of the form: there is no session before somebody has signed in. */
  form: FormToken;
  audit: Audit;
  site: OwnSite;
  tries: LogInTries;
  clock: Clock;
  /** What somebody typed as a user name may be the password: of all but the operator's own, only its hash is kept. */
  nameHash(typed: string): string;
}) {
  const { credentials, sessions, csrf, form, audit, site, tries, clock } = deps;

  function show(req: Request, res: Response, status: number, problem: string | null): void {
    const username = ownField(req.body, 'username');
    const typed = typeof username === 'string' ? username : '';
    res.status(status).render('login', { csrfToken: form.token(req, res), problem, username: typed });
  }

  function other(username: unknown): string {
    const typed = typeof username === 'string' ? typedName(username) : '';
    return `(another name) ${deps.nameHash(typed).slice(0, 8)}`;
  }

  /** Answers rate_limited with the form; throws any other error. */
  function tooMany(req: Request, res: Response, error: unknown): null {
    if (!(error instanceof AppError) || error.code !== 'rate_limited') throw error;
    const seconds = Math.ceil(error.options.retryAfterSeconds ?? 0);
    const freeAgainAt = new Date(clock.now() + seconds * 1_000).toISOString();
    const minutes = Math.ceil(seconds / 60);
    const wait = minutes <= 1 ? 'a minute' : `${minutes} minutes`;
    const when = seconds < 60 ? 'in a moment' : `in ${wait} (${freeAgainAt.slice(11, 16)} UTC)`;
    res.set('Retry-After', String(seconds));
    show(req, res, 429, `Too many failed attempts. Try again ${when}.`);
    return null;
  }

  return {
    page: ((req, res) => {
      if (sessions.isLoggedIn(req)) return res.redirect(STATUS_PAGE);
      show(req, res, 200, null);
    }) satisfies RequestHandler,

    logIn: (async (req, res) => {
      // Signed in meanwhile, in another tab: whatever the old form holds.
      if (sessions.isLoggedIn(req)) return res.redirect(303, STATUS_PAGE);
      const username = ownField(req.body, 'username');
      const counted = await tries.begin(req).catch((error: unknown) => tooMany(req, res, error));
      if (!counted) return;
      const nameMatches = matches(username, credentials.username, typedName);
      const passwordMatches = matches(ownField(req.body, 'password'), credentials.password, typedPassword);
      if (!(nameMatches && passwordMatches)) {
        await counted.wasWrong();
        await audit.record(req, 'sign_in_failed', {
          actor: nameMatches ? credentials.username : other(username),
        });
        return show(req, res, 401, 'The user name or the password is wrong.');
      }
      await counted.wasRight(res);
      await sessions.logIn(req, credentials.username, () => csrf.token(req));
      await audit.record(req, 'signed_in');
      res.redirect(303, STATUS_PAGE);
    }) satisfies RequestHandler,

    logOut: (async (req, res) => {
      await audit.record(req, 'signed_out');
      await sessions.logOut(req);
      res.redirect(303, LOGIN_PAGE);
    }) satisfies RequestHandler,

    /** A form without a valid token: whoever has signed in since is redirected, others get the form again with the reason. */
    refused: ((error: unknown, req, res, next) => {
      const isRefusal = error instanceof AppError && error.code === 'csrf_token_invalid';
      if (!isRefusal || !wantsPage(req)) return next(error);
      const fromElsewhere = isCrossSite(req, site);
      if (!fromElsewhere && sessions.isLoggedIn(req)) return res.redirect(303, STATUS_PAGE);
      show(req, res, 403, fromElsewhere ? FROM_ELSEWHERE : TOO_OLD);
    }) satisfies ErrorRequestHandler,
  };
}

/** Compared as hashes, so that the time reveals neither a prefix nor the length. @param read applied to both. */
function matches(given: unknown, expected: string, read: (text: string) => string): boolean {
  const hash = (text: string) => createHash('sha256').update(read(text)).digest();
  const equal = sameBytes(hash(typeof given === 'string' ? given : ''), hash(expected));
  return equal && typeof given === 'string';
}
