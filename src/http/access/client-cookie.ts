import { createHash, randomBytes } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

/** Tells clients of one network apart. Only its hash is stored: whoever reads the database cannot pass for a client. */
export interface ClientCookie {
  value: string;
  /** The request brought it. */
  isBrought: boolean;
}

const NAME = 'otp_client';
const BYTES = 16;
/** As long as a registration waits for its code. */
const LIFE_MS = 60 * 60_000;
const VALUE = /^[\w-]{22}$/;

export function clientCookie(req: Pick<Request, 'headers'>): ClientCookie {
  const brought = parseCookie(req.headers.cookie ?? '')[NAME] ?? '';
  if (VALUE.test(brought)) return { value: brought, isBrought: true };
  return { value: randomBytes(BYTES).toString('base64url'), isBrought: false };
}

export function hashOfCookie({ value }: ClientCookie): string {
  return createHash('sha256').update(value).digest('hex');
}

/** Sets the cookie, or lets one that the request brought live on. @param secure over HTTPS only. */
export function setClientCookie(res: Response, { value }: ClientCookie, secure: boolean): void {
  res.cookie(NAME, value, { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: LIFE_MS });
}
