import type { RequestHandler } from 'express';
import type { Callers } from '../../callers/index.js';
import type { Sessions } from '../operator-sessions/sessions.js';
import { callerWith } from './api-key.js';

/** Lets those pass who are logged in to the dashboard, or show an API key with the scope `admin:read`. */
export function operatorsOnly(deps: {
  callers: Pick<Callers, 'identify' | 'countRequest'>;
  sessions: Pick<Sessions, 'recognises'>;
}): RequestHandler {
  const { callers, sessions } = deps;
  return async (req, _res, next) => {
    if (req.headers['x-api-key'] === undefined && (await sessions.recognises(req))) return next();
    await callers.countRequest(await callerWith(callers, 'admin:read', req));
    next();
  };
}
