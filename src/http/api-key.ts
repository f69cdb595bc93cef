import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { AppError } from '../errors.js';

/**
 * Lets a request pass that carries the key. Compared as SHA-256 hashes in constant time; a header that was sent
 * twice arrives joined by Node and matches no key.
 */
export function requireApiKey(apiKey: string): RequestHandler {
  const expected = sha256(Buffer.from(apiKey));
  const id = expected.toString('hex', 0, 8);
  return (req, res, next) => {
    const given = req.headers['x-api-key'];
    if (given === undefined || given === '') {
      return next(new AppError('api_key_missing', 'Unauthorized: API Key is missing from headers.'));
    }
    // Node hands headers over byte for byte, as latin1.
    if (!timingSafeEqual(sha256(Buffer.from(String(given), 'latin1')), expected)) {
      return next(new AppError('api_key_invalid', 'Unauthorized: Invalid API Key.'));
    }
    res.locals.apiKeyId = id;
    next();
  };
}

/** Which key the caller showed: stable, and safe to store. */
export function apiKeyId(res: Response): string {
  return String(res.locals.apiKeyId);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
