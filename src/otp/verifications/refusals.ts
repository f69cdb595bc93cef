import { AppError, invalidFields } from '../../errors.js';

export function notFound(): AppError {
  return new AppError('verification_not_found', 'There is no such verification, or it has ended.');
}

/** @param leftMs until it ends. */
export function maxChecks(leftMs: number): AppError {
  const message =
    'The code was entered wrongly too often: a new verification can begin when this one has ended.';
  return new AppError('max_checks_reached', message, { retryAfterSeconds: leftMs / 1_000 });
}

export function maxSends(leftMs: number): AppError {
  const message =
    'This code was sent as often as it may be: a new verification can begin when this one has ended.';
  return new AppError('max_sends_reached', message, { retryAfterSeconds: leftMs / 1_000 });
}

export function tooSoon(leftMs: number): AppError {
  const message = 'This code was sent a moment ago.';
  return new AppError('resend_too_soon', message, { retryAfterSeconds: leftMs / 1_000 });
}

export function invalid(field: string, message: string): AppError {
  return invalidFields([{ field, message }]);
}

/** A refusal is its value: rejects only with a failure of the store, and `Moved`. */
export async function orRefusal<T>(reserving: Promise<T>): Promise<T | AppError> {
  return await reserving.catch((error: unknown) => {
    if (error instanceof AppError && error.code !== 'store_unavailable') return error;
    throw error;
  });
}
