import { sentenceForPeople } from '../delivery/unavailable.js';
import { AppError, type ErrorCode, type FieldProblem } from '../errors.js';
import type { Answer, ErrorShape } from '../http/errors.js';

/** How a contract reports its failures. */
export interface ContractErrors {
  /** The answer that the contract documents for an error code; other errors keep their status and sentence. */
  known: Partial<Record<ErrorCode, Answer | ((message: string) => Answer)>>;
  /** A failure without a documented answer. */
  other(message: string, code: ErrorCode): object;
  invalid(problems: FieldProblem[]): Answer;
}

/** Beside what is documented, an answer says how the person can write first, if that is a way to the code, and leads on from there. */
export function contractShape(errors: ContractErrors): ErrorShape {
  const shape = answerShape(errors);
  return (failure, req) => {
    const answer = shape(failure, req);
    const { userFirst, beside } = failure.known?.options ?? {};
    return userFirst ? { ...answer, body: { ...answer.body, ...beside, userFirst } } : answer;
  };
}

function answerShape({ known: documented, other, invalid }: ContractErrors): ErrorShape {
  return ({ known, status }) => {
    if (!known) return { status, body: other('Server error. Please try again later.', 'internal') };
    const { code, message, options } = known;
    if (options.problems) return invalid(options.problems);
    const answer = documented[code];
    if (answer) return typeof answer === 'function' ? answer(message) : answer;
    const field = FIELD_OF[code];
    if (field) return invalid([{ field, message }]);
    const body = other(sentenceForPeople(code) ?? message, code);
    // An app can offer another way to sign in.
    return { status, body: status === 503 ? { ...body, code } : body };
  };
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
