import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { isUnavailable } from '../../database/unavailable.js';
import { reasonOf, STORE_RETRY_SECONDS } from '../delivery/unavailable.js';
import { AppError, type ErrorCode } from '../errors.js';
import type { Log } from '../log.js';
import { answerJson, setRetryAfter, wantsPage } from './answer.js';

const STATUS: Record<ErrorCode, number> = {
  api_key_missing: 401,
  api_key_invalid: 401,
  scope_missing: 403,
  address_not_allowed: 403,
  not_logged_in: 401,
  csrf_token_invalid: 403,
  malformed_json: 400,
  unsupported_media_type: 415,
  body_too_large: 413,
  bad_request: 400,
  phone_number_required: 400,
  phone_number_invalid: 400,
  idempotency_key_invalid: 400,
  idempotency_key_in_flight: 409,
  idempotency_key_reused: 422,
  not_found: 404,
  job_not_found: 404,
  job_not_retryable: 409,
  job_not_deletable: 409,
  key_unknown: 404,
  key_revoked: 409,
  conflict: 409,
  rate_limited: 429,
  queue_full: 503,
  store_unavailable: 503,
  sender_not_paired: 503,
  sender_logged_out: 503,
  sender_banned: 503,
  sender_conflict: 503,
  sender_restricted: 503,
  sender_unavailable: 503,
  sender_disconnected: 503,
  sending_paused: 503,
  email_unavailable: 503,
  phone_taken: 409,
  email_taken: 409,
  account_unknown: 404,
  account_inactive: 403,
  two_factor_required: 403,
  credentials_wrong: 401,
  uses_google: 400,
  code_invalid: 400,
  code_expired: 400,
  code_attempts_blocked: 429,
  registration_unknown: 404,
  registration_unverified: 400,
  registration_completed: 400,
  email_verified: 400,
  fields_missing: 400,
  token_missing: 401,
  token_invalid: 401,
  token_user_gone: 401,
  openid_failed: 502,
  too_busy: 503,
  internal: 500,
};

/** Of a 503 that names no time. */
const SOON_SECONDS = 5;
const OTP_API = '/api/v1/otp/';

export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}

/** A failure in our terms; null for one that nobody has foreseen. */
export function appErrorOf(error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  return isUnavailable(error) ? storeUnavailable(error) : fromLibrary(error);
}

function storeUnavailable(cause: unknown): AppError {
  const message = 'The service is temporarily unavailable. Please try again shortly.';
  const reason = reasonOf('store_unavailable');
  return new AppError('store_unavailable', message, {
    cause,
    reason,
    retryAfterSeconds: STORE_RETRY_SECONDS,
  });
}

/** Sets `Retry-After` where the failure passes by itself. Returns what it says, in seconds. */
export function tellWhenToRetry(res: Response, error: AppError | null): number | undefined {
  const soon = error && STATUS[error.code] === 503 ? SOON_SECONDS : undefined;
  const seconds = error?.options.retryAfterSeconds ?? soon;
  return seconds === undefined ? undefined : setRetryAfter(res, seconds);
}

/** The one place where a failure becomes an answer. The log gets the cause, the caller never does. */
export function answerErrors(deps: { env: string; log: Log }): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const known = appErrorOf(error);
    const cause = known ? known.options.cause : error;
    if (!known || cause instanceof Error) {
      deps.log.error('a request failed', { method: req.method, route: req.route?.path, error: cause });
    }
    // Part of an answer is out already: the connection is all that can still be ended.
    if (res.headersSent) return void res.destroy();

    const code = known?.code ?? 'internal';
    const message = known?.message ?? unexpected(req.originalUrl);
    const retryAfterSeconds = tellWhenToRetry(res, known);
    if (wantsPage(req)) return answerPage(res, STATUS[code], { message, code });
    const stack = !known && deps.env === 'development' && error instanceof Error ? error.stack : undefined;
    answerJson(res, STATUS[code], {
      message,
      code,
      ...(known?.options.reason && { reason: known.options.reason }),
      ...(retryAfterSeconds && { retryAfterSeconds }),
      ...(stack && { error: stack }),
    });
  };
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new AppError('not_found', 'There is nothing at this address.'));
};

/** @param allow the methods that the path knows, as the `Allow` header has them. */
export function methodNotAllowed(allow: string): RequestHandler {
  return (_req, res) => {
    res.setHeader('Allow', allow);
    answerJson(res, 405, { message: `This address only answers ${allow}.`, code: 'method_not_allowed' });
  };
}

function unexpected(url: string): string {
  return url.startsWith(OTP_API)
    ? 'Internal Server Error while processing OTP request.'
    : 'Internal Server Error.';
}

function answerPage(res: Response, status: number, body: { message: string; code: string }): void {
  res.status(status).render('error', body, (failure: Error | null, html: string) => {
    if (failure) answerJson(res, status, body);
    else res.type('html').send(html);
  });
}

/** What Express and its body parsers throw, in our terms. Their messages may quote the body: they go nowhere. */
function fromLibrary(error: unknown): AppError | null {
  if (typeof error !== 'object' || error === null) return null;
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (type === 'entity.parse.failed') {
    return new AppError('malformed_json', 'Bad Request: the request body is not valid JSON.');
  }
  if (status === 413) return new AppError('body_too_large', 'The request body is too large.');
  if (status === 415) {
    return new AppError('unsupported_media_type', 'The encoding of the request body is not supported.');
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('bad_request', 'Bad Request: the request could not be read.');
  }
  return null;
}
