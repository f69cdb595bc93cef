import type { IncomingHttpHeaders } from 'node:http';

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
