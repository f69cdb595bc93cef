import type { ErrorCode, FieldProblem } from './generated.js';

/** What this client says when there is no answer that it could pass on. */
export type ClientErrorCode =
  /** There was no answer, and it is not known whether the request arrived. */
  | 'network_failed'
  /** The time of the call was up. */
  | 'timed_out'
  /** Whatever answered, it was not the gateway: a proxy's page, a redirect. */
  | 'answer_unreadable'
  | WebhookErrorCode;

/** Why a webhook is not to be believed. */
export type WebhookErrorCode =
  | 'webhook_headers_missing'
  | 'webhook_timestamp_invalid'
  | 'webhook_too_old'
  | 'webhook_too_new'
  | 'webhook_signature_invalid'
  | 'webhook_body_invalid';

export type KnownErrorCode = ErrorCode | ClientErrorCode;

/** A newer gateway may have codes that this client does not list: they are texts like the others. */
export type AnyErrorCode = KnownErrorCode | (string & {});

/** Everything that this client throws, but for mistakes in calling it (TypeError) and what a signal was aborted with. */
export class OtpError<Code extends string = AnyErrorCode> extends Error {
  override readonly name: string = 'OtpError';
  /** For programs. */
  readonly code: Code;
  /** Of the answer; null: there was none. */
  readonly status: number | null;
  /** Why, in one sentence, where the gateway tells. */
  readonly reason: string | null;
  /** What to look for in the request, where the gateway has an idea. */
  readonly hint: string | null;
  /** When it makes sense to ask again; null: nobody knows. */
  readonly retryAfterSeconds: number | null;
  /** With `fields_invalid`: what is wrong with which field. */
  readonly fields: readonly FieldProblem[];
  /** What the gateway's logs and dashboard find the request by. */
  readonly requestId: string | null;
  /** Of the request: with the same one, the same call again is one request. Null: it had none. */
  readonly idempotencyKey: string | null;
  /** The answer as it came, parsed if it was JSON. */
  readonly body: unknown;

  constructor(
    code: Code,
    message: string,
    details: {
      status?: number;
      reason?: string;
      hint?: string;
      retryAfterSeconds?: number | null;
      fields?: readonly FieldProblem[];
      requestId?: string | null;
      idempotencyKey?: string | undefined;
      body?: unknown;
      cause?: unknown;
    } = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = details.status ?? null;
    this.reason = details.reason ?? null;
    this.hint = details.hint ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.fields = details.fields ?? [];
    this.requestId = details.requestId ?? null;
    this.idempotencyKey = details.idempotencyKey ?? null;
    this.body = details.body;
  }
}

/** Whether it is an error of this client; with codes: whether it is one of these, and `code` is narrowed to them. */
export function isOtpError(error: unknown): error is OtpError;
export function isOtpError<const Code extends AnyErrorCode>(
  error: unknown,
  ...codes: [Code, ...Code[]]
): error is OtpError<Code>;
export function isOtpError(error: unknown, ...codes: string[]): boolean {
  return error instanceof OtpError && (codes.length === 0 || codes.includes(error.code));
}
