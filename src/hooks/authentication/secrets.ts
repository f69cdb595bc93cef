import { sameBytes } from '../../same-bytes.js';
import type { SignedRequest } from '../scheme.js';

const MIN_SENT = 16;

/** A header that was sent once; empty otherwise. */
export function headerOf({ headers }: Pick<SignedRequest, 'headers'>, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Compares two signatures of the same length in constant time. */
export function isSame(given: string, expected: string): boolean {
  return sameBytes(Buffer.from(given), Buffer.from(expected));
}

/** Secrets that others have made and that sign: no blanks, and long enough that nobody guesses them. */
export function readPlainSecret(text: string): string | null {
  const secret = text.trim();
  return /^[\x21-\x7e]{8,512}$/.test(secret) ? secret : null;
}

/** Those that are sent themselves, so that each request is a guess. */
export function readSentSecret(text: string): string | null {
  const secret = readPlainSecret(text);
  return secret !== null && secret.length >= MIN_SENT ? secret : null;
}
