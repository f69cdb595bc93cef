import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors.js';

/**
 * A page of another site has a browser send this. Browsers say so in `Sec-Fetch-Site`; over plain HTTP there is only
 * `Origin`. Programs send neither.
 * @param trustedOrigins origins that may do the same as our own pages.
 */
export function isCrossSite(req: Request, trustedOrigins: readonly string[] = []): boolean {
  const origin = req.get('origin');
  if (origin !== undefined && trustedOrigins.includes(origin)) return false;
  const site = req.get('sec-fetch-site');
  if (site !== undefined && site !== 'none') return site !== 'same-origin';
  if (origin === undefined) return false;
  return URL.canParse(origin) ? new URL(origin).host !== req.host : true;
}

/** For what a cookie alone authorises (403). */
export function refuseCrossSite(trustedOrigins: readonly string[]): RequestHandler {
  return (req, _res, next) =>
    next(isCrossSite(req, trustedOrigins) ? requestRefusal('it comes from another site') : undefined);
}

export function requestRefusal(why: string): AppError {
  return new AppError('csrf_token_invalid', `The request was refused: ${why}.`);
}
