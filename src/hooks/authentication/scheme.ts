import type { IncomingHttpHeaders } from 'node:http';
import { sameBytes } from '../../same-bytes.js';

/** How an auth server shows that a request is its own. */
export interface Scheme {
  /**
   * Whether the request was made with this secret.
   * @param now Unix ms: requests that are too old are refused, where the scheme has a stamp.
   */
  isSigned(request: SignedRequest, secret: string, now: number): boolean;
  /** A secret as it is shown and stored. */
  newSecret(): string;
  /** What the other side has made, as it is stored; null: it cannot be one. */
  readSecret(text: string): string | null;
  /** The value of the header that carries the secret, where there is one. */
  authorization?(secret: string): string;
}

export interface SignedRequest {
  /** With names in lower case, as Node has them. */
  headers: IncomingHttpHeaders;
  /** The body byte for byte. */
  raw: Buffer;
}

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
