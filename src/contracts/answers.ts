import type { ErrorRequestHandler } from 'express';
import { AppError, type ErrorCode } from '../errors.js';
import { answerJson } from '../http/answer.js';
import { appErrorOf, statusOf } from '../http/errors.js';
import type { Log } from '../log.js';

export interface FieldProblem {
  field: string;
  message: string;
}

/** What a body holds is not what the contract asks for. */
export class InvalidFields extends Error {
  override readonly name = 'InvalidFields';

  constructor(readonly problems: FieldProblem[]) {
    super('The fields of a request are not valid.');
  }
}

export interface Answer {
  status: number;
  body: object;
}

/** How a contract words its failures. */
export interface ErrorShape {
  /** What the contract documents about a code; everything else keeps its status and sentence. */
  known: Partial<Record<ErrorCode, Answer | ((message: string) => Answer)>>;
  /** A failure without a documented answer. */
  other(message: string): object;
  invalid(problems: FieldProblem[]): Answer;
}

/** The last handler of a contract's routes: every failure, in the shape of the contract. */
export function answerContractErrors(shape: ErrorShape, log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    if (error instanceof InvalidFields && !res.headersSent) {
      const { status, body } = shape.invalid(error.problems);
      return answerJson(res, status, body);
    }
    const known = appErrorOf(error);
    const cause = known ? known.options.cause : error;
    if (!known || cause instanceof Error) {
      log.error('a request failed', { method: req.method, route: req.route?.path, error: cause });
    }
    // Part of an answer is out already: the connection is all that can still be ended.
    if (res.headersSent) return void res.destroy();
    if (known?.options.retryAfterSeconds !== undefined) {
      res.setHeader('Retry-After', String(Math.max(1, Math.ceil(known.options.retryAfterSeconds))));
    }
    const documented = known && shape.known[known.code];
    if (documented) {
      const { status, body } = typeof documented === 'function' ? documented(known.message) : documented;
      return answerJson(res, status, body);
    }
    answerJson(
      res,
      known ? statusOf(known.code) : 500,
      shape.other(known?.message ?? 'Server error. Please try again later.'),
    );
  };
}

/** For `.catch`: with a code in hand, an unknown contact looks like a wrong code. */
export function likeAWrongCode(error: unknown): never {
  const unknown: ErrorCode[] = ['account_unknown', 'registration_unknown'];
  if (error instanceof AppError && unknown.includes(error.code)) {
    throw new AppError('code_invalid', 'The code is wrong or has expired.');
  }
  throw error;
}
