import type { RequestHandler } from 'express';
import { AppError } from '../errors.js';
import type { Sessions } from '../http/operator-sessions/sessions.js';

/** Without a session, pages lead to the login. */
export function pageNeedsLogin(sessions: Sessions): RequestHandler {
  return (req, res, next) => (sessions.isLoggedIn(req) ? next() : res.redirect('/admin/login'));
}

/** Without a session, JSON answers 401. */
export function apiNeedsLogin(sessions: Sessions): RequestHandler {
  return (req, _res, next) =>
    next(sessions.isLoggedIn(req) ? undefined : new AppError('not_logged_in', 'Please log in first.'));
}
