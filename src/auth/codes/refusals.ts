import { AppError, type ErrorCode } from '../../errors.js';

/** Wrong, used, replaced, or never sent: one answer for all. */
export function wrongCode(): AppError {
  return new AppError('code_invalid', 'The code is wrong or has expired.');
}

export function expiredCode(): AppError {
  return new AppError('code_expired', 'The code has expired.');
}

export function blocked(waitMs: number): AppError {
  return new AppError('code_attempts_blocked', 'Too many wrong codes.', {
    retryAfterSeconds: waitMs / 1000,
  });
}

/** That this one contact cannot be written to now would tell that it has an account. */
export function isAboutRecipient(error: unknown): boolean {
  const codes: ErrorCode[] = ['sender_restricted', 'cold_budget_used', 'blocked_prefix', 'recipient_silent'];
  return error instanceof AppError && codes.includes(error.code);
}

/** For `.catch`: where a code only waits for its person to write first, the refusal says what was kept. */
export function keptAs(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AppError) || !error.options.userFirst) throw error;
    throw new AppError(error.code, error.message, { ...error.options, kept: id });
  };
}

export function tooManyCodes(waitMs: number): AppError {
  return new AppError('rate_limited', 'Too many codes were requested.', {
    retryAfterSeconds: waitMs / 1000,
  });
}
