import type { Request } from 'express';
import { AppError, type ErrorCode } from '../errors.js';
import type { ErrorShape, Failure } from '../http/errors.js';

/**
 * What Twilio says of a request that it does not fulfil. Codes, statuses and texts are those of its error dictionary and
 * of its clients' captured answers: applications compare them.
 */
export class TwilioRefusal extends AppError {
  constructor(
    readonly httpStatus: number,
    readonly twilioCode: number,
    message: string,
    retryAfterSeconds?: number,
  ) {
    super('bad_request', message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  }
}

export function invalidParameter(name: string): TwilioRefusal {
  return new TwilioRefusal(400, 60200, `Invalid parameter: ${name}`);
}

/** Twilio has no code for it: as for other statuses. */
export function formWanted(): TwilioRefusal {
  const wanted = 'with the header "Content-Type: application/x-www-form-urlencoded"';
  return new TwilioRefusal(415, 20415, `The request body must be a form, ${wanted}.`);
}

export function noTarget(): TwilioRefusal {
  return new TwilioRefusal(400, 60221, 'No target verification specified');
}

export function tooManySends(retryAfterSeconds?: number): TwilioRefusal {
  return new TwilioRefusal(429, 60203, 'Max send attempts reached', retryAfterSeconds);
}

export function tooManyChecks(retryAfterSeconds?: number): TwilioRefusal {
  return new TwilioRefusal(429, 60202, 'Max check attempts reached', retryAfterSeconds);
}

export function tooManyAtOnce(): TwilioRefusal {
  return new TwilioRefusal(429, 60212, 'Too many concurrent requests for phone number', 1);
}

export function channelDisabled(channel: string): TwilioRefusal {
  return new TwilioRefusal(403, 60223, `Delivery channel disabled: ${channel.toUpperCase()}`);
}

export function unknownTemplate(): TwilioRefusal {
  return new TwilioRefusal(400, 60228, 'Template was not found');
}

/** 401 as Twilio has it, also for a key that does not belong to the account. */
export function notAuthentic(): TwilioRefusal {
  return new TwilioRefusal(401, 20003, 'Authenticate');
}

/** @param path what was asked for, without the version. */
export function notFoundAt(path: string): TwilioRefusal {
  return new TwilioRefusal(404, 20404, `The requested resource ${path} was not found`);
}

/** Of our failures those for which Twilio has a code of its own; the others are 20000 and their status. */
const CODES: Partial<Record<ErrorCode, readonly [status: number, code: number, message: string]>> = {
  api_key_missing: [401, 20003, 'Authenticate'],
  api_key_invalid: [401, 20003, 'Authenticate'],
  method_not_allowed: [405, 20004, 'Method not allowed'],
  max_checks_reached: [429, 60202, 'Max check attempts reached'],
  max_sends_reached: [429, 60203, 'Max send attempts reached'],
  resend_too_soon: [429, 20429, 'Too many requests'],
  rate_limited: [429, 20429, 'Too many requests'],
  blocked_prefix: [403, 60410, 'Verification delivery attempt blocked'],
  sms_country_not_listed: [403, 60605, 'Verification delivery attempt blocked'],
  opted_out: [403, 60238, 'Verification Creation Attempt blocked'],
  test_number_refused: [403, 60238, 'Verification Creation Attempt blocked'],
};

/**
 * `{ code, message, more_info, status }` and, where there is a Retry-After, `retryAfterSeconds`; no `type` and no `title`,
 * which Twilio's clients would read as another kind.
 */
export const twilioShape: ErrorShape = (failure, req) => {
  const { status, code, message } = failureOf(failure, req);
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  const { retryAfterSeconds } = failure;
  const body = { code, message, more_info, status, ...(retryAfterSeconds && { retryAfterSeconds }) };
  return { status, body };
};

function failureOf({ known, status }: Failure, req: Request) {
  const isNone = known?.code === 'not_found' || known?.code === 'verification_not_found';
  const own = isNone ? notFoundAt(pathOf(req)) : known;
  if (own instanceof TwilioRefusal) {
    return { status: own.httpStatus, code: own.twilioCode, message: own.message };
  }
  const [ownStatus, code, message] = (known && CODES[known.code]) ?? [];
  return {
    status: ownStatus ?? status,
    code: code ?? 20_000 + status,
    message: message ?? known?.message ?? 'Internal server error',
  };
}

/** Without the version and without a query: `/Services/VA…/VerificationCheck`. */
export function pathOf(req: Pick<Request, 'originalUrl'>): string {
  return req.originalUrl.replace(/\?.*$/s, '').replace(/^\/v2(?=\/|$)/, '') || '/';
}
