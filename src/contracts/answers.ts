import { codeForPeople, sentenceForPeople } from '../delivery/unavailable.js';
import { AppError, type ErrorCode, type FieldProblem } from '../errors.js';
import type { Answer, ErrorShape, Failure } from '../http/errors.js';
import { isOtherType } from '../http/requests/body-type.js';

/** How a contract reports its failures. */
export interface ContractErrors {
  /** The answer that the contract documents for an error code; other errors keep their status and sentence. */
  known: Partial<Record<ErrorCode, Answer | ((message: string) => Answer)>>;
  /** What causes are called that share a documented text: a code tells no more than the text. */
  alike?: Partial<Record<ErrorCode, string>>;
  /** A failure without a documented answer. */
  other(message: string): object;
  /** With a code of its own where the text is that of another failure. */
  invalid(problems: FieldProblem[]): Answer & { code?: string };
}

/**
 * Beside what is documented, an answer has a code for programs, a hint, the seconds of `Retry-After`, and how the person can write
 * first, if that is a way to the code, and leads on from there.
 */
export function contractShape(errors: ContractErrors): ErrorShape {
  return (failure) => {
    const { known, retryAfterSeconds } = failure;
    const { answer, code } = wordedBy(errors, failure);
    const { userFirst, beside } = known?.options ?? {};
    const body = {
      ...answer.body,
      code,
      ...(known?.options.hint && { hint: known.options.hint }),
      ...(retryAfterSeconds && { retryAfterSeconds }),
      ...(userFirst && { ...beside, userFirst }),
    };
    return { status: answer.status, body };
  };
}

/** In the contract's words, and what it calls the cause. */
function wordedBy(errors: ContractErrors, { known, status }: Failure): { answer: Answer; code: string } {
  if (!known) {
    return {
      answer: { status, body: errors.other('Server error. Please try again later.') },
      code: 'internal',
    };
  }
  const { code: cause, message, options } = known;
  const code = errors.alike?.[cause] ?? codeForPeople(cause);
  const answer = errors.known[cause];
  if (answer) return { answer: typeof answer === 'function' ? answer(message) : answer, code };
  const field = FIELD_OF[cause];
  const problems = options.problems ?? (field && [{ field, message }]);
  if (!problems) {
    const body = errors.other(sentenceForPeople(cause) ?? message);
    return { answer: { status: isOtherType(known) ? 400 : status, body }, code };
  }
  const invalid = errors.invalid(problems);
  return { answer: invalid, code: invalid.code ?? 'fields_invalid' };
}

/** Errors of the core that are about one field of the request. */
const FIELD_OF: Partial<Record<ErrorCode, string>> = {
  password_unfit: 'password',
  phone_not_served: 'phone',
};

/** As the whatsapp and the two-factor contract say it. */
export const failure = (status: number, message: string) => ({ status, body: { success: false, message } });

/** The same with an entry for each bad field. */
export const validationFailed = (errors: FieldProblem[]) => ({
  status: 400,
  body: { success: false, message: 'Validation failed', errors },
});

/** For `.catch` after a code was given: an unknown contact is answered like a wrong code. */
export function asWrongCode(error: unknown): never {
  const unknown: ErrorCode[] = ['account_unknown', 'registration_unknown'];
  if (error instanceof AppError && unknown.includes(error.code)) {
    throw new AppError('code_invalid', 'The code is wrong or has expired.');
  }
  throw error;
}
