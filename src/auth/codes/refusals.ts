import { AppError } from '../../errors.js';

/** Wrong, used, replaced, or never sent: one answer for all. */
export function wrongCode(): AppError {
  return new AppError('code_invalid', 'The code is wrong or has expired.');
}

export function expiredCode(): AppError {
  return new AppError('code_expired', 'The code has expired.');
}

export function blocked(waitMs: number): AppError {
  return new AppError('code_attempts_blocked', 'Too many wrong codes. Please try again later.', {
    retryAfterSeconds: waitMs / 1000,
  });
}

export function tooManyCodes(waitMs: number): AppError {
  return new AppError('rate_limited', 'Too many codes were requested. Please try again later.', {
    retryAfterSeconds: waitMs / 1000,
  });
}
