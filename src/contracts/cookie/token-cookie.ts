import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

const NAME = 'token';
const DAY_MS = 24 * 60 * 60_000;

/** Not accessible to scripts or sent with other sites' posts; in production over HTTPS only. */
function options(production: boolean) {
  return { httpOnly: true, sameSite: 'lax', secure: production, path: '/' } as const;
}

export function setTokenCookie(res: Response, token: string, production: boolean): void {
  res.cookie(NAME, token, { ...options(production), maxAge: DAY_MS });
}

export function clearTokenCookie(res: Response, production: boolean): void {
  res.clearCookie(NAME, options(production));
}

/** The token of the request, or null. */
export function tokenCookie(req: Request): string | null {
  return parseCookie(req.headers.cookie ?? '')[NAME] || null;
}
