import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { jwtVerify } from 'jose';
import { sameBytes } from '../../same-bytes.js';

/** How a provider shows that a request is its own. */
export type Verification =
  /** The address is the secret. */
  | { type: 'none' }
  | { type: 'bearer'; token: string }
  | { type: 'basic'; user: string; password: string }
  | {
      type: 'hmac';
      secret: string;
      header: string;
      algo: 'sha1' | 'sha256' | 'sha512';
      encoding: 'hex' | 'base64';
      over: 'body' | 'ts+body' | 'body+ts';
      /** Where the time is that is signed with the body. */
      timestampHeader: string | null;
      /** Before the signature, like `sha256=`. */
      prefix: string;
    }
  /** In this header; by default as a bearer token. */
  | { type: 'jwt-hs256'; secret: string; header: string | null };

/** Whether the request comes from whoever knows the secret. @param raw its body, byte for byte. */
export async function isVerified(
  by: Verification,
  headers: IncomingHttpHeaders,
  raw: Buffer,
  now: number,
): Promise<boolean> {
  const authorization = one(headers, 'authorization');
  switch (by.type) {
    case 'none':
      return true;
    case 'bearer':
      return same(authorization, `Bearer ${by.token}`);
    case 'basic':
      return same(authorization, `Basic ${Buffer.from(`${by.user}:${by.password}`).toString('base64')}`);
    case 'hmac':
      return same(one(headers, by.header), hmacOf(by, headers, raw));
    case 'jwt-hs256': {
      const header = by.header === null ? authorization.replace(/^Bearer /i, '') : one(headers, by.header);
      return await isSigned(header, by.secret, raw, now);
    }
  }
}

function hmacOf(
  { secret, algo, encoding, over, timestampHeader, prefix }: Verification & { type: 'hmac' },
  headers: IncomingHttpHeaders,
  raw: Buffer,
): string {
  const time = Buffer.from(timestampHeader === null ? '' : one(headers, timestampHeader));
  const hmac = createHmac(algo, secret);
  for (const part of { body: [raw], 'ts+body': [time, raw], 'body+ts': [raw, time] }[over]) hmac.update(part);
  return `${prefix}${hmac.digest(encoding)}`;
}

/** A token that says what it is about (`payload_hash`) must be about this body. */
async function isSigned(token: string, secret: string, raw: Buffer, now: number): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, Buffer.from(secret), {
      algorithms: ['HS256'],
      currentDate: new Date(now),
      clockTolerance: 60,
    });
    const { payload_hash: about } = payload;
    return about === undefined || same(String(about), createHash('sha256').update(raw).digest('hex'));
  } catch {
    return false;
  }
}

function one(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : '';
}

/** In a time that reveals neither where they differ nor how long the right one is. */
function same(given: string, right: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return sameBytes(hash(given), hash(right));
}
