import { createHmac } from 'node:crypto';
import { randomBytesPooled } from '../../random.js';
import type { Scheme } from '../scheme.js';
import { headerOf, isSame, readPlainSecret } from './secrets.js';

/** Only for stamps that are too old, as ZITADEL itself checks them. */
const TOLERANCE_MS = 300_000;
const SECRET_BYTES = 32;

const newSecret = () => randomBytesPooled(SECRET_BYTES).toString('base64url');

/** A header with the HMAC-SHA256 of the body in hex. The text of the secret is the key. @param header in lower case. */
export function bodyHmac(header: string): Scheme {
  return {
    isSigned: (request, secret) =>
      isSame(headerOf(request, header).toLowerCase(), hexOf(secret, '', request.raw)),
    newSecret,
    readSecret: readPlainSecret,
  };
}

/**
 * A header like `t=<Unix seconds>,v1=<hex>[,v1=<hex>]`: HMAC-SHA256 of `<t>.<body>`. The text of the secret is the key.
 * @param header in lower case.
 */
export function stampedHmac(header: string): Scheme {
  return {
    isSigned(request, secret, now) {
      const parts = headerOf(request, header)
        .split(',')
        .map((part) => part.trim().split('='));
      const [stamp = ''] = valuesOf('t', parts);
      if (!/^\d{1,12}$/.test(stamp) || now - Number(stamp) * 1_000 > TOLERANCE_MS) return false;
      const signed = hexOf(secret, `${stamp}.`, request.raw);
      return valuesOf('v1', parts).some((given) => isSame(given.toLowerCase(), signed));
    },
    newSecret,
    readSecret: readPlainSecret,
  };
}

function valuesOf(name: string, parts: string[][]): string[] {
  return parts.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
}

function hexOf(key: string, before: string, raw: Buffer): string {
  return createHmac('sha256', key).update(before).update(raw).digest('hex');
}
