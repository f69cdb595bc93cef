import { createHmac } from 'node:crypto';
import { randomBytesPooled } from '../../random.js';
import type { Scheme } from '../scheme.js';
import { headerOf, isSame } from './secrets.js';

/** Both ways. */
const TOLERANCE_MS = 5 * 60_000;
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';
/** As Supabase shows it, with the version in front; the key is what the base64 stands for. */
const SECRET = /^(?:v1,)?(whsec_[A-Za-z0-9+/]{20,}={0,2})$/;

/**
 * `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks 1.0, with symmetric keys:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standardWebhooks: Scheme = {
  isSigned(request, secret, now) {
    const id = headerOf(request, 'webhook-id');
    const stamp = headerOf(request, 'webhook-timestamp');
    const isInTime = /^\d{1,12}$/.test(stamp) && Math.abs(now - Number(stamp) * 1_000) <= TOLERANCE_MS;
    if (id === '' || !isInTime) return false;
    const key = keyOf(secret);
    if (key === null) return false;
    const signed = createHmac('sha256', key).update(`${id}.${stamp}.`).update(request.raw).digest('base64');
    return signaturesIn(headerOf(request, 'webhook-signature')).some((given) => isSame(given, signed));
  },

  newSecret: () => `${PREFIX}${randomBytesPooled(SECRET_BYTES).toString('base64')}`,
  readSecret: (text) => SECRET.exec(text.trim())?.[1] ?? null,
};

/** Null: this is no secret of Standard Webhooks, such as one that only other schemes take. Its key could be anybody's guess. */
function keyOf(secret: string): Buffer | null {
  const [, shown] = SECRET.exec(secret) ?? [];
  return shown === undefined ? null : Buffer.from(shown.slice(PREFIX.length), 'base64');
}

/** The specification has blanks between them; Supabase puts a comma in front of the blank. */
function signaturesIn(header: string): string[] {
  return header
    .split(/\s+/)
    .map((each) => each.replace(/,$/, '').split(','))
    .flatMap(([version, signature]) => (version === 'v1' && signature !== undefined ? [signature] : []));
}
