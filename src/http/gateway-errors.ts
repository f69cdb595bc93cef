import type { RequestHandler } from 'express';
import { AppError } from '../errors.js';
import { wantsPage } from './answer.js';
import { type ErrorShape, refuseMethod } from './errors.js';

const OTP_API = '/api/v1/otp/';

/**
 * Failures of our own API, of the dashboard, and of every address that belongs to no contract.
 * @param showStack show the stack of unexpected errors, for developers.
 */
export function gatewayShape({ showStack }: { showStack: boolean }): ErrorShape {
  return ({ known, thrown, status, retryAfterSeconds }, req) => {
    const code = known?.code ?? 'internal';
    const problems = known?.options.problems;
    const message = problems?.[0]
      ? `Bad Request: ${problems[0].message}.`
      : (known?.message ?? unexpected(req.originalUrl));
    const stack = !known && showStack && thrown instanceof Error ? thrown.stack : undefined;
    const body = {
      message,
      code,
      ...(problems && { errors: problems }),
      ...(known?.options.hint && { hint: known.options.hint }),
      ...(known?.options.reason && { reason: known.options.reason }),
      ...(retryAfterSeconds && { retryAfterSeconds }),
      ...(stack && { error: stack }),
    };
    const title = status === 404 ? 'Not found' : 'That did not work';
    return { status, body, ...(wantsPage(req) && { page: { title, message, code } }) };
  };
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new AppError('not_found', 'There is nothing at this address.'));
};

/** @param allow the methods of the path. */
export function methodNotAllowed(allow: string): RequestHandler {
  return refuseMethod(gatewayShape({ showStack: false }), allow);
}

function unexpected(url: string): string {
  return url.startsWith(OTP_API)
    ? 'Internal Server Error while processing OTP request.'
    : 'Internal Server Error.';
}
