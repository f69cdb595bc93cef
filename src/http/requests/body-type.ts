import type { Request } from 'express';
import { AppError } from '../../errors.js';

/** JSON under any of its names: `application/json`, `text/json`, `application/problem+json`, … */
const JSON_TYPE = /^\s*(?:(?:application|text)\/json|application\/[\w!#$&^.-]+\+json)\s*(?:;|$)/i;

const SEND_JSON = 'The request body must be JSON, with the header "Content-Type: application/json".';

export function isJson(type: string | undefined): type is string {
  return type !== undefined && JSON_TYPE.test(type);
}

/** The body is of another type than JSON; an encoding that is not known has the same code. */
export function otherType(): AppError {
  return new AppError('unsupported_media_type', SEND_JSON);
}

/** For a body of another type; one without bytes is none. Calls back with the refusal, or without. */
export function refuseOtherType(req: Request, next: (refusal?: AppError) => void): void {
  const refuse = () => next(otherType());
  const length = req.headers['content-length'];
  const isChunked = length === undefined && req.headers['transfer-encoding'] !== undefined;
  if (!isChunked) {
    if (Number(length ?? 0) > 0) refuse();
    else next();
    return;
  }
  let isAnswered = false;
  const once = (answer: () => void) => () => {
    if (isAnswered) return;
    isAnswered = true;
    answer();
  };
  req.once('data', once(refuse));
  req.once('end', once(next));
}

/** Whether it is the refusal above: contracts answer it as they answer any body that they cannot use. */
export function isOtherType({ code, message }: Pick<AppError, 'code' | 'message'>): boolean {
  return code === 'unsupported_media_type' && message === SEND_JSON;
}
