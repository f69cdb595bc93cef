import { parseCookie } from 'cookie';
import { unsign } from 'cookie-signature';

/**
 * The session id that a request brings in express-session's signed cookie (`s:<id>.<HMAC-SHA-256>`), or null. For
 * readers: the library itself would prolong the session.
 */
export function signedSessionId(cookies: string | undefined, name: string, secret: string): string | null {
  const value = parseCookie(cookies ?? '')[name];
  return (value?.startsWith('s:') && unsign(value.slice(2), secret)) || null;
}
