import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { isUnavailable } from '../../database/unavailable.js';
import { reasonOf, STORE_RETRY_SECONDS } from '../delivery/unavailable.js';
import { AppError } from '../errors.js';
import type { Log } from '../log.js';
import { answerJson, setRetryAfter } from './answer.js';
import { requestIdOf } from './requests/request-id.js';
import { STATUS } from './statuses.js';
import { inWords } from './wait-words.js';

/** A failure that is about to be answered. */
export interface Failure {
  /** Null: it was unexpected, and its message only goes to the log. */
  known: AppError | null;
  /** The thrown value. */
  thrown: unknown;
  status: number;
  /** The value of the `Retry-After` header. */
  retryAfterSeconds: number | undefined;
}

export interface Answer {
  status: number;
  body: object;
  /** The error page shows this instead of the body. */
  page?: ErrorPage;
}

export interface ErrorPage {
  title: string;
  message: string;
  code: string;
  /** A template of its own, and what that shows. */
  own?: { view: string; locals: object };
}

/** How an API reports its failures. */
export type ErrorShape = (failure: Failure, req: Request) => Answer;

/** For a 503 without a stated time. */
const SOON_SECONDS = 5;

/** The one place where a failure becomes an answer: in the shape of its API, with its cause only in the log. */
export function answerErrors({ shape, log }: { shape: ErrorShape; log: Log }): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const failed = knownError(thrown);
    const cause = failed ? failed.options.cause : thrown;
    // Part of an answer has been sent: all that is left is to end the connection.
    const isLate = res.headersSent;
    if (!failed || cause instanceof Error || isLate) {
      const { method, route } = req;
      log.error('a request failed', {
        requestId: requestIdOf(res),
        method,
        route: route?.path,
        error: cause ?? thrown,
      });
    }
    if (isLate) return void res.destroy();
    const retryAfterSeconds = failed ? waitTold(res, failed) : undefined;
    const known = failed && sayingHowLong(failed, retryAfterSeconds);
    send(res, shape({ known, thrown, status: STATUS[known?.code ?? 'internal'], retryAfterSeconds }, req));
  };
}

/** @param allow the methods of the path, in the form of the `Allow` header. */
export function refuseMethod(shape: ErrorShape, allow: string): RequestHandler {
  const known = new AppError('method_not_allowed', `This address only answers ${allow}.`);
  const failure = { known, thrown: known, status: STATUS[known.code], retryAfterSeconds: undefined };
  return (req, res) => {
    res.setHeader('Allow', allow);
    const { status, body } = shape(failure, req);
    answerJson(res, status, body);
  };
}

/** Sets `Retry-After`, unless a rate limiter has, and returns its value. */
function waitTold(res: Response, { code, options }: AppError): number | undefined {
  const seconds = options.retryAfterSeconds ?? (STATUS[code] === 503 ? SOON_SECONDS : undefined);
  if (seconds !== undefined) return setRetryAfter(res, seconds);
  const told = Number(res.getHeader('Retry-After'));
  return Number.isInteger(told) && told > 0 ? told : undefined;
}

/** Whoever came too often is told in words when to come back. */
function sayingHowLong(failed: AppError, seconds: number | undefined): AppError {
  const { code, message, options } = failed;
  if (STATUS[code] !== 429 || seconds === undefined) return failed;
  return new AppError(code, `${message} Try again in ${inWords(seconds)}.`, options);
}

function send(res: Response, { status, body, page }: Answer): void {
  if (page) sendPage(res, status, page);
  else answerJson(res, status, body);
}

function sendPage(res: Response, status: number, { title, message, code, own }: ErrorPage): void {
  const { view, locals } = own ?? { view: 'error', locals: { title, message } };
  res.status(status).render(view, locals, (failure: Error | null, html: string) => {
    if (failure) answerJson(res, status, { message, code });
    else res.type('html').send(html);
  });
}

/** A failure in our terms; null: it was unexpected. */
export function knownError(error: unknown): AppError | null {
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

/** What Express and its body parsers throw, in our terms. Their messages may quote the body and are dropped. */
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
