import type { Request } from 'express';
import { AppError } from '../errors.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Null: the request has none. Throws idempotency_key_invalid. */
export function idempotencyKeyOf(req: Request): string | null {
  if (req.headers['idempotency-key'] === undefined) return null;
  const given = req.headersDistinct['idempotency-key'] ?? [];
  if (given.length === 1 && IDEMPOTENCY_KEY.test(String(given[0]))) return String(given[0]);
  throw new AppError(
    'idempotency_key_invalid',
    'Bad Request: Idempotency-Key must be sent once, with 1 to 255 visible ASCII characters.',
  );
}
