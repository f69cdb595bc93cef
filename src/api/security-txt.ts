import type { RequestHandler } from 'express';
import type { Clock } from '../clock.js';
import { notFound } from '../http/gateway-errors.js';

/** RFC 9116 recommends less than a year. */
const GOOD_FOR_MS = 180 * 24 * 60 * 60_000;

/** GET /.well-known/security.txt (RFC 9116). @param deps.contact a URI; null: there is no such page. */
export function securityTxt({ contact, clock }: { contact: string | null; clock: Clock }): RequestHandler {
  if (contact === null) return notFound;
  return (_req, res) => {
    const expires = new Date(clock.now() + GOOD_FOR_MS).toISOString();
    res.type('text/plain; charset=utf-8').send(`Contact: ${contact}\nExpires: ${expires}\n`);
  };
}
