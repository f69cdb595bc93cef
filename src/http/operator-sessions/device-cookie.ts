import { createHash, randomBytes } from 'node:crypto';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';

/**
 * Knows a browser again in which somebody has signed in to the dashboard. It opens nothing: only its tries are counted apart
 * from those of strangers, be they at the same address. Only its hash is stored.
 */
export interface DeviceCookie {
  /** The hash of the cookie that the request brought, or null. */
  hashIn(req: Request): string | null;
  /** Sets one that lasts for as long as a device counts as known, or the same anew. Returns its hash. */
  set(req: Request, res: Response): string;
}

export const KNOWN_MS = 30 * 24 * 60 * 60_000;
const NAMES = { http: 'otp_device', https: '__Host-otp_device' };
const BYTES = 16;
const VALUE = /^[\w-]{22}$/;

export const deviceCookie: DeviceCookie = {
  hashIn(req) {
    const value = valueIn(req);
    return value === null ? null : hashOf(value);
  },
  set(req, res) {
    const value = valueIn(req) ?? randomBytes(BYTES).toString('base64url');
    res.cookie(nameIn(req), value, {
      httpOnly: true,
      sameSite: 'strict',
      secure: req.secure,
      path: req.secure ? '/' : '/admin',
      maxAge: KNOWN_MS,
    });
    return hashOf(value);
  },
};

function nameIn(req: Request): string {
  return req.secure ? NAMES.https : NAMES.http;
}

function valueIn(req: Request): string | null {
  const value = parseCookie(req.headers.cookie ?? '')[nameIn(req)] ?? '';
  return VALUE.test(value) ? value : null;
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
