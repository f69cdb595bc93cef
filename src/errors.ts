/**
 * A failure that a caller may see: a code for machines, one sentence for people, and a private cause for the log.
 * The HTTP status belongs to `http/statuses.ts`.
 */
export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: {
      cause?: unknown;
      retryAfterSeconds?: number;
      /** Beside a documented message: why, in one fixed sentence. */
      reason?: string;
      /** Beside a documented message: what to look for in the request, in one sentence. */
      hint?: string;
      /** Beside a documented message: how the person gets the code all the same. */
      userFirst?: WrittenFirst;
      /** With `userFirst`: the id of the challenge or registration that was kept all the same. */
      kept?: string;
      /** With `userFirst`: what the answer without a failure would tell for the next call. */
      beside?: object;
      /** What is wrong with the fields of a request, one entry a field. */
      problems?: FieldProblem[];
    } = {},
  ) {
    super(message, { cause: options.cause });
  }
}

/** A code that waits for its person to write first. */
export interface WrittenFirst {
  /** Opens the chat with the text in it. */
  link: string;
  /** E.164. */
  number: string;
  text: string;
}

export interface FieldProblem {
  field: string;
  /** One sentence for people. */
  message: string;
}

/** What a body or a query holds is not what is asked for. */
export function invalidFields(problems: FieldProblem[], hint: string | null = null): AppError {
  return new AppError('fields_invalid', 'The fields of a request are not valid.', {
    problems,
    ...(hint !== null && { hint }),
  });
}

export type ErrorCode =
  | 'api_key_missing'
  | 'api_key_invalid'
  | 'scope_missing'
  | 'address_not_allowed'
  | 'not_logged_in'
  | 'csrf_token_invalid'
  | 'page_elsewhere'
  | 'signature_invalid'
  | 'malformed_json'
  | 'unsupported_media_type'
  | 'body_too_large'
  | 'bad_request'
  | 'phone_number_required'
  | 'phone_number_invalid'
  | 'phone_not_served'
  | 'idempotency_key_invalid'
  | 'idempotency_key_in_flight'
  | 'idempotency_key_reused'
  | 'not_found'
  | 'method_not_allowed'
  | 'verification_not_found'
  | 'max_checks_reached'
  | 'max_sends_reached'
  | 'resend_too_soon'
  | 'test_number_refused'
  | 'job_not_found'
  | 'job_not_retryable'
  | 'job_not_cancelable'
  | 'job_not_deletable'
  | 'key_unknown'
  | 'key_revoked'
  | 'hook_unknown'
  | 'webhook_not_found'
  | 'webhooks_full'
  | 'delivery_not_found'
  | 'delivery_not_dead'
  | 'conflict'
  | 'rate_limited'
  | 'queue_full'
  | 'store_unavailable'
  | 'cold_budget_used'
  | 'blocked_prefix'
  | 'sender_not_paired'
  | 'sender_logged_out'
  | 'sender_banned'
  | 'sender_conflict'
  | 'sender_restricted'
  | 'sender_unavailable'
  | 'sender_disconnected'
  | 'sending_paused'
  | 'channel_paused'
  | 'email_unavailable'
  | 'sms_unavailable'
  | 'sms_country_not_listed'
  | 'sms_cap_used'
  | 'channel_unavailable'
  | 'recipient_silent'
  | 'opted_out'
  | 'phone_taken'
  | 'email_taken'
  | 'account_unknown'
  | 'account_inactive'
  | 'two_factor_required'
  | 'credentials_wrong'
  | 'uses_google'
  | 'code_invalid'
  | 'code_expired'
  | 'code_attempts_blocked'
  | 'registration_unknown'
  | 'registration_unverified'
  | 'registration_completed'
  | 'email_verified'
  | 'fields_missing'
  | 'credentials_missing'
  | 'password_unfit'
  | 'fields_invalid'
  | 'token_missing'
  | 'token_invalid'
  | 'token_user_gone'
  | 'openid_failed'
  | 'captcha_failed'
  | 'captcha_unavailable'
  | 'too_busy'
  | 'internal';
