import { parseCookie } from 'cookie';
import { unsign } from 'cookie-signature';
import type { Request } from 'express';
import type { CookieOptions } from 'express-session';

export const COOKIE_NAMES = { http: 'otp_admin', https: '__Host-otp_admin' } as const;

/** The dashboard's cookie: over HTTPS browsers take it from this very host only (RFC 6265bis, 4.1.3.2). */
export interface SessionCookie {
  scheme(req: Request): keyof typeof COOKIE_NAMES;
  options(req: Request): CookieOptions;
  /** The session id in the signed cookie (`s:<id>.<HMAC-SHA-256>`), or null. express-session would extend the session. */
  idIn(req: Request): string | null;
}

/** @param deps.https browsers reach us over HTTPS, whatever a proxy says or leaves unsaid. */
export function createSessionCookie(deps: {
  https: boolean;
  secret: string;
  maxAgeMs: number;
}): SessionCookie {
  const scheme = (req: Request) => (deps.https || req.secure ? 'https' : 'http');
  return {
    scheme,
    options(req) {
      const secure = scheme(req) === 'https';
      return {
        path: secure ? '/' : '/admin',
        httpOnly: true,
        sameSite: 'strict',
        secure,
        maxAge: deps.maxAgeMs,
      };
    },
    idIn(req) {
      const value = parseCookie(req.headers.cookie ?? '')[COOKIE_NAMES[scheme(req)]];
      return (value?.startsWith('s:') && unsign(value.slice(2), deps.secret)) || null;
    },
  };
}
