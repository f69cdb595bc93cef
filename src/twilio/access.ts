import type { Request, RequestHandler } from 'express';
import type { Caller } from '../callers/caller.js';
import type { Callers } from '../callers/index.js';
import { AppError } from '../errors.js';
import { certainAddress } from '../http/client-address.js';
import { requestIdIn } from '../http/requests/request-id.js';
import { notAuthentic } from './errors.js';
import { isSid, sidsOf } from './sids.js';

const BASIC = /^Basic +([A-Za-z0-9+/=_-]+) *$/i;

/**
 * Lets a request pass whose Basic credentials are an account or a key sid, and the API key that they belong to.
 * @param ofAnyAccount take the key with any account that is well formed: whoever asks for the services does not know it yet.
 */
export function requireBasic(
  callers: Pick<Callers, 'identify'>,
  { ofAnyAccount = false } = {},
): RequestHandler {
  return async (req, res, next) => {
    const shown = credentialsOf(req);
    const caller =
      shown && (await callers.identify(shown.password, () => certainAddress(req), requestIdIn(req)));
    if (shown === null || caller === null || !belongs(shown.user, caller, ofAnyAccount)) {
      res.setHeader('WWW-Authenticate', 'Basic realm="Verify"');
      throw notAuthentic();
    }
    if (!caller.scopes.has('verify')) {
      throw new AppError('scope_missing', 'Forbidden: this API key lacks the scope "verify".');
    }
    res.locals.caller = caller;
    next();
  };
}

function credentialsOf(req: Request): { user: string; password: string } | null {
  const [, encoded] = BASIC.exec(req.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return null;
  // As callers.identify takes it: header bytes as latin1.
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function belongs(user: string, { id }: Caller, ofAnyAccount: boolean): boolean {
  const { account, key } = sidsOf(id);
  const given = user.slice(0, 2) + user.slice(2).toLowerCase();
  return given === account || given === key || (ofAnyAccount && isSid('AC', user));
}
