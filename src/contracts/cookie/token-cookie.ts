import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

/** With the prefix, browsers take the cookie from this very host only, over HTTPS (RFC 6265bis, 4.1.3.2). */
export type TokenCookieName = 'token' | '__Host-token';

const DAY_MS = 24 * 60 * 60_000;

/** The cookie that carries a user's token. */
export interface TokenCookie {
  set(res: Response, token: string): void;
  clear(res: Response): void;
  /** The token of a request, or null. */
  of(req: Request): string | null;
}

/** Not accessible to scripts or sent with other sites' posts. @param settings.secure over HTTPS only. */
export function createTokenCookie(settings: { name: TokenCookieName; secure: boolean }): TokenCookie {
  const { name } = settings;
  const secure = settings.secure || name.startsWith('__Host-');
  const options = { httpOnly: true, sameSite: 'lax', secure, path: '/' } as const;
  return {
    set: (res, token) => void res.cookie(name, token, { ...options, maxAge: DAY_MS }),
    clear: (res) => void res.clearCookie(name, options),
    of: (req) => parseCookie(req.headers.cookie ?? '')[name] || null,
  };
}
