import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The session id that a request brings in express-session's signed cookie (`s:<id>.<HMAC-SHA-256>`), or null. For
 * readers: the library itself would prolong the session.
 */
export function signedSessionId(cookies: string | undefined, name: string, secret: string): string | null {
  const value = cookies
    ?.split(';')
    .map((cookie) => cookie.trim())
    .find((cookie) => cookie.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  const [, id, signature] = /^s:([\w-]+)\.(.+)$/.exec(decoded(value ?? '')) ?? [];
  if (id === undefined || signature === undefined) return null;
  const expected = createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '');
  const [given, wanted] = [Buffer.from(signature), Buffer.from(expected)];
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? id : null;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}
