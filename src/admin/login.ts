import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { ownField } from '../http/answer.js';
import type { Csrf } from '../http/csrf.js';
import type { Sessions } from '../http/sessions.js';
import { typedName } from '../typed/name.js';
import { typedPassword } from '../typed/password.js';
import type { Audit } from './audit.js';

const STATUS_PAGE = '/admin/status';
const LOGIN_PAGE = '/admin/login';

/** The admin's way in and out. Which of name and password was wrong is not told. */
export function createLogin(deps: {
  credentials: { username: string; password: string };
  sessions: Sessions;
  csrf: Csrf;
  audit: Audit;
}) {
  const { credentials, sessions, csrf, audit } = deps;

  function show(req: Request, res: Response, status: number, problem: string | null): void {
    const username = ownField(req.body, 'username');
    const typed = typeof username === 'string' ? username : '';
    res.status(status).render('login', { csrfToken: csrf.token(req), problem, username: typed });
  }

  return {
    page: ((req, res) => {
      if (sessions.isLoggedIn(req)) return res.redirect(STATUS_PAGE);
      show(req, res, 200, null);
    }) satisfies RequestHandler,

    logIn: (async (req, res) => {
      const username = ownField(req.body, 'username');
      const nameMatches = matches(username, credentials.username, typedName);
      const passwordMatches = matches(ownField(req.body, 'password'), credentials.password, typedPassword);
      if (!(nameMatches && passwordMatches)) {
        await audit.record(req, 'sign_in_failed', { actor: String(username ?? '') });
        return show(req, res, 401, 'The user name or the password is wrong.');
      }
      await sessions.logIn(req, credentials.username, () => csrf.token(req));
      await audit.record(req, 'signed_in');
      res.redirect(303, STATUS_PAGE);
    }) satisfies RequestHandler,

    logOut: (async (req, res) => {
      await audit.record(req, 'signed_out');
      await sessions.logOut(req);
      res.redirect(303, LOGIN_PAGE);
    }) satisfies RequestHandler,

    /** The answer of the login's rate limit. */
    tooMany(req: Request, res: Response, freeAgainAt: Date): void {
      const minutes = Math.max(1, Math.ceil((freeAgainAt.getTime() - Date.now()) / 60_000));
      const clockTime = `${freeAgainAt.toISOString().slice(11, 16)} UTC`;
      const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
      show(req, res, 429, `Too many failed attempts. Try again in ${wait} (${clockTime}).`);
    },
  };
}

/** Compared as hashes, so that the time tells neither a prefix nor the length. @param read on both sides. */
function matches(given: unknown, expected: string, read: (text: string) => string): boolean {
  const hash = (text: string) => createHash('sha256').update(read(text)).digest();
  const equal = timingSafeEqual(hash(typeof given === 'string' ? given : ''), hash(expected));
  return equal && typeof given === 'string';
}
