import type { ServerResponse } from 'node:http';
import type { Request } from 'express';
import { randomBytesPooled } from '../../random.js';

const HEADER = 'X-Request-Id';
const RANDOM_BYTES = 10;

/**
 * A UUID of version 7 (RFC 9562, 5.7): its first 48 bits are the time, so that what belongs to it is found by time, and
 * needs no index of its own.
 * @param now Unix ms.
 */
export function newRequestId(now: number): string {
  const random = randomBytesPooled(RANDOM_BYTES);
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70;
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80;
  const time = Math.max(0, Math.floor(now)).toString(16).padStart(12, '0').slice(-12);
  const rest = random.toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`;
}

/** Every answer has an id of ours; what a request calls itself counts for nothing. */
export function giveRequestId(res: ServerResponse, now: number): void {
  res.setHeader(HEADER, newRequestId(now));
}

/** By which logs and the dashboard know the request. */
export function requestIdOf(res: Pick<ServerResponse, 'getHeader'>): string {
  return String(res.getHeader(HEADER));
}

/** The same where only the request is at hand. */
export function requestIdIn({ res }: Pick<Request, 'res'>): string | undefined {
  return res && requestIdOf(res);
}

/** In the form of a header line. */
export function requestIdLine(id: string): string {
  return `${HEADER}: ${id}`;
}
