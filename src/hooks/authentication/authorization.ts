import { hash } from 'node:crypto';
import { randomBytesPooled } from '../../random.js';
import { sameBytes } from '../../same-bytes.js';
import type { Scheme, SignedRequest } from '../scheme.js';
import { headerOf, readSentSecret } from './secrets.js';

const SECRET_BYTES = 32;

/**
 * The secret in `Authorization`: after `Bearer`, as the password of Basic under any name, or as it is; or in `X-API-KEY`.
 */
export const authorization: Scheme = {
  isSigned(request, secret) {
    const expected = digestOf(secret);
    return givenIn(request).some((given) => sameBytes(digestOf(given), expected));
  },
  newSecret: () => randomBytesPooled(SECRET_BYTES).toString('base64url'),
  readSecret: readSentSecret,
  authorization: (secret) => `Bearer ${secret}`,
};

/** The first of several schemes that the request follows. The first one makes the secrets. */
export function anyOf(first: Scheme, ...others: readonly Scheme[]): Scheme {
  return {
    ...first,
    isSigned: (request, secret, now) =>
      [first, ...others].some((scheme) => scheme.isSigned(request, secret, now)),
  };
}

function givenIn(request: SignedRequest): string[] {
  const header = headerOf(request, 'authorization').trim();
  const [, scheme = '', value = ''] = /^(\w+)\s+(.+)$/.exec(header) ?? [];
  const password = /^basic$/i.test(scheme) ? passwordIn(value) : null;
  const bearer = /^bearer$/i.test(scheme) ? value : null;
  return [header, password, bearer, headerOf(request, 'x-api-key')].filter((given) => given !== null);
}

function passwordIn(value: string): string {
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

/** Their lengths are a secret. */
function digestOf(text: string): Buffer {
  return hash('sha256', Buffer.from(text), 'buffer');
}
