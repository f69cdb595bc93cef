import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors.js';
import { isLoopback } from '../../loopback.js';

export interface OwnSite {
  /** The origin at which browsers reach us; null: it is not known, and the `Host` of a request is taken for ours. */
  origin: string | null;
  /** Origins with the same rights as our own pages. */
  trusted?: readonly string[];
}

/**
 * Whether a browser sent this on behalf of another site's page. Browsers say so in `Sec-Fetch-Site`; over plain HTTP there
 * is only `Origin`. Other programs send neither. What a browser takes for our site is not ours, though, when a stranger's
 * name leads to our address: that shows in `Origin` alone.
 */
export function isCrossSite(req: Request, { origin: own, trusted = [] }: OwnSite): boolean {
  const origin = req.get('origin');
  if (origin !== undefined && trusted.includes(origin)) return false;
  const site = req.get('sec-fetch-site');
  const isToldApart = site !== undefined && site !== 'none';
  if (isToldApart && site !== 'same-origin') return true;
  if (origin === undefined || origin === own) return false;
  if (own === null && isToldApart) return false;
  return !isOfThisHost(origin, req) || (own !== null && !isLoopback(req.hostname));
}

/** Refuses cross-site requests (403) where a cookie alone authorises them. */
export function refuseCrossSite(site: OwnSite): RequestHandler {
  return (req, _res, next) =>
    next(isCrossSite(req, site) ? requestRefusal('it comes from another site') : undefined);
}

export function requestRefusal(why: string): AppError {
  return new AppError('csrf_token_invalid', `The request was refused: ${why}.`);
}

function isOfThisHost(origin: string, { host }: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
