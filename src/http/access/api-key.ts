import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { AppError } from '../../errors.js';

/**
 * Lets a request pass that carries the key. Compared in constant time; a header that was sent twice arrives joined by
 * Node and matches no key.
 */
export function requireApiKey(apiKey: string): RequestHandler {
  const expected = Buffer.from(apiKey);
  const id = createHash('sha256').update(expected).digest('hex').slice(0, 16);
  return (req, res, next) => {
    const given = req.headers['x-api-key'];
    if (given === undefined || given === '') {
      return next(new AppError('api_key_missing', 'Unauthorized: API Key is missing from headers.'));
    }
    if (!isEqual(String(given), expected)) {
      return next(new AppError('api_key_invalid', 'Unauthorized: Invalid API Key.'));
    }
    res.locals.apiKeyId = id;
    next();
  };
}

/** Takes the same time whatever was given: it is laid over a buffer of the expected length first. */
function isEqual(given: string, expected: Buffer): boolean {
  const laid = Buffer.alloc(expected.length);
  // Node hands headers over byte for byte, as latin1.
  laid.write(given, 'latin1');
  return timingSafeEqual(laid, expected) && given.length === expected.length;
}

/** Which key the caller showed: stable, and safe to store. */
export function apiKeyId(res: Response): string {
  return String(res.locals.apiKeyId);
}
