import { parseCookie } from 'cookie';
import { unsign } from 'cookie-signature';

/**
 * The session id in a request's signed express-session cookie (`s:<id>.<HMAC-SHA-256>`), or null. For reading only: the
 * library itself would extend the session.
 */
export function signedSessionId(cookies: string | undefined, name: string, secret: string): string | null {
  const value = parseCookie(cookies ?? '')[name];
  return (value?.startsWith('s:') && unsign(value.slice(2), secret)) || null;
}
