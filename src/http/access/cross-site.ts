import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors.js';

/**
 * Whether a browser sent this on behalf of another site's page. Browsers say so in `Sec-Fetch-Site`; over plain HTTP there
 * is only `Origin`. Other programs send neither.
 * @param trustedOrigins origins with the same rights as our own pages.
 */
export function isCrossSite(req: Request, trustedOrigins: readonly string[] = []): boolean {
  const origin = req.get('origin');
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  const site = req.get('sec-fetch-site');
  if (site !== undefined && site !== 'none') return site !== 'same-origin';
  if (origin === undefined) return false;
  return URL.canParse(origin) ? new URL(origin).host !== req.host : true;
}

/** Refuses cross-site requests (403) where a cookie alone authorises them. */
export function refuseCrossSite(trustedOrigins: readonly string[]): RequestHandler {
  return (req, _res, next) =>
    next(isCrossSite(req, trustedOrigins) ? requestRefusal('it comes from another site') : undefined);
}

export function requestRefusal(why: string): AppError {
  return new AppError('csrf_token_invalid', `The request was refused: ${why}.`);
}
