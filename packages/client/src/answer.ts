import { OtpError } from './errors.js';
import type { FieldProblem } from './generated.js';

/** An answer that is no success, as an error. @param idempotencyKey of the request. */
export function failureOf(response: Response, text: string, idempotencyKey: string | undefined): OtpError {
  const body = parsed(text);
  if (!isObject(body) || typeof body.code !== 'string') return unreadable(response, text, idempotencyKey);
  const { code, message, reason, hint, errors } = body;
  return new OtpError(code, typeof message === 'string' ? message : code, {
    ...about(response),
    idempotencyKey,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof hint === 'string' && { hint }),
    fields: Array.isArray(errors) ? errors.filter(isFieldProblem) : [],
    body,
  });
}

/** An answer that the gateway does not give. */
export function unreadable(response: Response, text: string, idempotencyKey: string | undefined): OtpError {
  const to = response.headers.get('location');
  const message =
    to === null
      ? `Not an answer of the gateway (HTTP ${response.status})`
      : `The gateway's address leads on to ${to} (HTTP ${response.status}): set url to where it is`;
  const body = parsed(text) ?? text;
  return new OtpError('answer_unreadable', message, { ...about(response), idempotencyKey, body });
}

function about(response: Response) {
  return {
    status: response.status,
    retryAfterSeconds: secondsOf(response.headers.get('retry-after')),
    requestId: response.headers.get('x-request-id'),
  };
}

/** Of a Retry-After: seconds, or a date (RFC 9110, 10.2.3). */
function secondsOf(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFieldProblem(value: unknown): value is FieldProblem {
  return isObject(value) && typeof value.field === 'string' && typeof value.message === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
