import type { RequestHandler } from 'express';
import type { Sessions } from '../operator-sessions/sessions.js';
import { requireApiKey } from './api-key.js';

/** Lets those pass who hold the API key or are logged in to the dashboard (else 401). */
export function operatorsOnly(deps: {
  apiKey: string;
  sessions: Pick<Sessions, 'recognises'>;
}): RequestHandler {
  const byKey = requireApiKey(deps.apiKey);
  return async (req, res, next) => {
    if (req.headers['x-api-key'] === undefined && (await deps.sessions.recognises(req))) return next();
    byKey(req, res, next);
  };
}
