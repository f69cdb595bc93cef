import type { RequestHandler } from 'express';
import { AppError } from '../errors.js';
import { wantsPage } from '../http/answer.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';

/** Without a session, pages lead to the login. */
export function pageNeedsLogin(sessions: Sessions): RequestHandler {
  return (req, res, next) => (sessions.isLoggedIn(req) ? next() : res.redirect('/admin/login'));
}

/** No id has a NUL, and PostgreSQL answers one with an error. */
export const noNulInPath: RequestHandler = (req, _res, next) =>
  next(req.path.includes('%00') ? new AppError('not_found', 'There is nothing at this address.') : undefined);

/** Opens the same address from our own site. */
const AGAIN = '<!doctype html><meta http-equiv="refresh" content="0"><title>WhatsApp OTP</title>';

/**
 * Whoever follows a link to us from another site comes without the session's cookie, which is for our own site alone; a
 * page that opens itself has it.
 */
export function comeAgain(sessions: Pick<Sessions, 'hasCookie'>): RequestHandler {
  return (req, res, next) => {
    const isLink = req.method === 'GET' && req.get('sec-fetch-site') === 'cross-site';
    if (!isLink || !wantsPage(req) || sessions.hasCookie(req)) return next();
    res.type('html').send(AGAIN);
  };
}

/** Without a session, JSON answers 401. */
export function apiNeedsLogin(sessions: Sessions): RequestHandler {
  return (req, _res, next) =>
    next(sessions.isLoggedIn(req) ? undefined : new AppError('not_logged_in', 'Please log in first.'));
}
