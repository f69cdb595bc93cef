import type { Request, RequestHandler, Response } from 'express';
import type { Caller } from '../../callers/caller.js';
import type { Callers } from '../../callers/index.js';
import type { Scope } from '../../callers/scopes.js';
import { AppError } from '../../errors.js';
import { certainAddress } from '../client-address.js';
import { requestIdIn } from '../requests/request-id.js';

const BEARER = /^Bearer +(\S+) *$/i;

/** Lets a request pass if its API key has this scope; `callerOf` then returns the caller. */
export function requireApiKey(callers: Pick<Callers, 'identify'>, scope: Scope): RequestHandler {
  return (req, res, next) => {
    const pass = (caller: Caller) => {
      res.locals.caller = caller;
      next();
    };
    const caller = callerWith(callers, scope, req);
    return caller instanceof Promise ? caller.then(pass) : pass(caller);
  };
}

/** Whose key the request carries. Throws or rejects with api_key_missing, api_key_invalid, address_not_allowed or scope_missing. */
export function callerWith(
  callers: Pick<Callers, 'identify'>,
  scope: Scope,
  req: Request,
): Caller | Promise<Caller> {
  const key = shownKey(req);
  if (key === null) {
    throw new AppError('api_key_missing', 'Unauthorized: API Key is missing from headers.', {
      hint: 'Send the API key as "X-API-KEY: …" or as "Authorization: Bearer …".',
    });
  }
  const caller = callers.identify(key, () => certainAddress(req), requestIdIn(req));
  return caller instanceof Promise
    ? caller.then((found) => withScope(found, scope))
    : withScope(caller, scope);
}

function withScope(caller: Caller | null, scope: Scope): Caller {
  if (!caller) throw new AppError('api_key_invalid', 'Unauthorized: Invalid API Key.');
  if (caller.scopes.has(scope)) return caller;
  throw new AppError('scope_missing', `Forbidden: this API key lacks the scope "${scope}".`);
}

/** Lets a request pass while its key may make more requests this minute; comes after `requireApiKey`. */
export function withinKeyLimit(callers: Pick<Callers, 'countRequest'>): RequestHandler {
  return (_req, res, next) => {
    const caller = callerOf(res);
    if (caller.limits.perMinute === null) return next();
    return callers.countRequest(caller).then(() => next());
  };
}

/** The caller whose key the request carries. */
export function callerOf(res: Response): Caller {
  return res.locals.caller as Caller;
}

/**
 * The key that a request shows: `X-API-KEY`, or else the bearer token; null without either. Node joins a header that was sent twice, which is then no
 * valid key.
 */
export function shownKey(req: Request): string | null {
  const given = req.headers['x-api-key'];
  if (given !== undefined && given !== '') return String(given);
  return BEARER.exec(req.headers.authorization ?? '')?.[1] ?? null;
}
