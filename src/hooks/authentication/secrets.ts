import { sameBytes } from '../../same-bytes.js';
import type { SignedRequest } from '../scheme.js';

/** A header that was sent once; empty otherwise. */
export function headerOf({ headers }: Pick<SignedRequest, 'headers'>, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

/** Compares two signatures of the same length in constant time. */
export function isSame(given: string, expected: string): boolean {
  return sameBytes(Buffer.from(given), Buffer.from(expected));
}

/** Secrets that others have made: no blanks, and long enough that nobody guesses them. */
export function readPlainSecret(text: string): string | null {
  const secret = text.trim();
  return /^[\x21-\x7e]{8,512}$/.test(secret) ? secret : null;
}
