import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { ownField } from '../answer.js';
import { isCrossSite, type OwnSite, requestRefusal } from './cross-site.js';

const TOKEN_BYTES = 32;

/** Synchronizer tokens, kept in the session; sent back as `X-CSRF-Token` or as the form field `_csrf`. */
export interface Csrf {
  /** The session's token, created on the first call. */
  token(req: Request): string;
  /** Refuses (403) a request that changes something unless it carries the token and comes from our own pages. */
  guard: RequestHandler;
}

export function createCsrf(site: OwnSite): Csrf {
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
      if (isCrossSite(req, site)) return next(requestRefusal('it comes from another site'));
      csrfSynchronisedProtection(req, res, (error?: unknown) =>
        next(error && requestRefusal('its CSRF token is missing or has expired; reload the page')),
      );
    },
  };
}
