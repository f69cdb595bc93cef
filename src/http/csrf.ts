import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { AppError } from '../errors.js';
import { ownField } from './answer.js';

const TOKEN_BYTES = 32;

/** Synchronizer tokens, kept in the session; sent back as `X-CSRF-Token` or as the form field `_csrf`. */
export interface Csrf {
  /** The session's token, made at the first call. */
  token(req: Request): string;
  /** Refuses (403) a request that changes something unless it carries the token and comes from our own pages. */
  guard: RequestHandler;
}

export function createCsrf(): Csrf {
  const { generateToken, csrfSynchronisedProtection } = csrfSync({
    size: TOKEN_BYTES,
    getTokenFromRequest: (req) => {
      const sent = req.get('x-csrf-token') ?? ownField(req.body, '_csrf');
      return typeof sent === 'string' ? sent : undefined;
    },
  });

  return {
    token: (req) => generateToken(req),
    guard(req, res, next) {
      if (isCrossSite(req)) return next(refusal('it comes from another site'));
      csrfSynchronisedProtection(req, res, (error?: unknown) =>
        next(error && refusal('its CSRF token is missing or has expired; reload the page')),
      );
    },
  };
}

/** Browsers say where a request comes from; `Origin` is the fallback for plain HTTP, where only it is sent. */
function isCrossSite(req: Request): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.get('origin');
  if (origin === undefined) return false;
  return URL.canParse(origin) ? new URL(origin).host !== req.host : true;
}

function refusal(why: string): AppError {
  return new AppError('csrf_token_invalid', `The request was refused: ${why}.`);
}
