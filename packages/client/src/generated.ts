// Made from the OpenAPI document by `npm run client:types`. Not to be edited.

export interface Attempt {
  /** Null: this channel took nothing. */
  jobId: number | null;
  channel: string;
  status: string;
  sentAt: string | null;
  deliveredAt: string | null;
  readAt: string | null;
  error: SendError | null;
}

export type CancelOtpAnswer = Job;

export type CancelVerificationAnswer = Verification;

export type CheckVerificationAnswer = {
  id: string;
  status: 'approved';
  valid: true;
} | {
  id: string;
  status: 'pending';
  valid: false;
  checksLeft: number;
};

export interface CheckVerificationBody {
  code: string;
  clientIp?: string | undefined;
}

export type CheckVerificationByContactAnswer = {
  id: string;
  status: 'approved';
  valid: true;
} | {
  id: string;
  status: 'pending';
  valid: false;
  checksLeft: number;
};

export interface CheckVerificationByContactBody {
  to: string;
  code: string;
  action?: string | undefined;
  client?: string | undefined;
  clientIp?: string | undefined;
}

export interface FieldProblem {
  field: string;
  /** One sentence for people. */
  message: string;
}

export type GetOtpAnswer = Job;

export type GetVerificationAnswer = Verification;

export interface GetVerificationQuery {
  /** Hold the answer until something changes, for so many seconds. */
  wait?: number | undefined;
}

export interface Job {
  jobId: number;
  phoneNumber: string | null;
  /** Of the code, over all steps of its route. */
  status: 'pending' | 'processing' | 'sent' | 'failed' | 'expired' | 'canceled';
  createdAt: string;
  sentAt: string | null;
  deliveredAt: string | null;
  readAt: string | null;
  otp_expires_at: string | null;
  error: SendError | null;
  /** One for each send, also for a channel that took nothing. */
  attempts: Attempt[];
}

export interface ListOtpsAnswer {
  jobs: ListedJob[];
  /** Null: this is the last page. */
  nextCursor: string | null;
}

export interface ListOtpsQuery {
  /** Those to this number, in E.164. */
  phoneNumber?: string | undefined;
  /** Those with this status. */
  status?: 'pending' | 'processing' | 'sent' | 'failed' | 'expired' | 'canceled' | undefined;
  /** By default 20. */
  limit?: number | undefined;
  /** The nextCursor of the page before. */
  cursor?: string | undefined;
}

export interface ListVerificationsAnswer {
  verifications: Verification[];
  /** Null: this is the last page. */
  nextCursor: string | null;
}

export interface ListVerificationsQuery {
  /** Only of this contact. */
  to?: string | undefined;
  /** Only in this state. */
  status?: 'pending' | 'approved' | 'canceled' | 'expired' | 'max_checks' | undefined;
  /** How many on a page. Default: 20. */
  limit?: number | undefined;
  /** The nextCursor of the page before. */
  cursor?: string | undefined;
}

export interface ListedJob {
  jobId: number;
  phoneNumber: string | null;
  channel: string;
  /** Of this message. */
  status: 'pending' | 'processing' | 'sent' | 'failed' | 'expired' | 'canceled';
  createdAt: string;
  sentAt: string | null;
  deliveredAt: string | null;
  readAt: string | null;
  otp_expires_at: string | null;
  error: SendError | null;
}

export type ResendVerificationAnswer = Verification;

export interface ResendVerificationBody {
  channel?: string | undefined;
  clientIp?: string | undefined;
}

export interface SendError {
  code: string;
  message: string;
}

export interface SendOtpAnswer {
  message: string;
  /** The code. It is for your back end alone. */
  otp: string;
  jobId: number;
  /** As it was understood: E.164. */
  phoneNumber: string;
  otp_expires_at: string;
  /** Null: nobody can know. */
  estimated_delivery_seconds: number | null;
}

export interface SendOtpBody {
  /** E.164, with its +. */
  phoneNumber: string;
  /** Channels, each once, in the order in which they are tried. Default: CODE_ROUTE. */
  route?: string[] | null | undefined;
  /** The language of the message, as BCP 47. */
  locale?: string | null | undefined;
  /** How long the code is good. */
  ttlSeconds?: number | null | undefined;
  /** A code of your own instead of a random one. */
  otp?: string | null | undefined;
}

export type StartVerificationAnswer = Verification;

export interface StartVerificationBody {
  /** E.164, or an e-mail address. */
  to: string;
  /** The only channel. Default: those of CODE_ROUTE, e-mail for addresses. */
  channel?: string | undefined;
  /** Up to three channels in their order, instead of channel. */
  route?: string[] | undefined;
  /** Whether the person is asked to write first. Default: auto, where nothing can be pushed. */
  userFirst?: 'auto' | 'only' | 'never' | undefined;
  /** What approves: the code (default), or the message that the person sends. */
  proof?: 'code' | 'message' | undefined;
  /** The language of the texts, as BCP 47. */
  locale?: string | undefined;
  /** Digits of the code. Default: 6. */
  codeLength?: number | undefined;
  /** How long the code is good. Default: 600. */
  ttlSeconds?: number | undefined;
  /** What it is for, told in the message: at most 40 characters, no link. */
  action?: string | undefined;
  /** Stands for the session of your app: others get a code of their own. */
  client?: string | undefined;
  /** The person's network address. */
  clientIp?: string | undefined;
  /** Your own, given back. */
  metadata?: Record<string, string | number | boolean | null> | undefined;
  /** Where the hosted page leads back to. */
  returnUrl?: string | undefined;
}

export interface Verification {
  id: string;
  /** E.164, or an e-mail address. */
  to: string;
  status: 'pending' | 'approved' | 'canceled' | 'expired' | 'max_checks';
  /** What went out last. Null: nothing, only the person can begin. */
  channel: string | null;
  route: string[];
  createdAt: string;
  expiresAt: string;
  checksLeft: number;
  sendsLeft: number;
  canResendAt: string | null;
  nextStepAt: string | null;
  pageUrl: string;
  /** What the person opens who has to write first. */
  userFirst: {
    link: string;
    qr: string;
    number: string;
    text: string;
  } | null;
  attempts: Attempt[];
  metadata: Record<string, string | number | boolean | null> | null;
  lastProblem?: 'sender_mismatch' | 'sender_not_proven' | undefined;
  /** Of an approved one whose hosted page was opened. */
  returnProof?: string | undefined;
  /** It is of a test number: nothing was sent. */
  test?: true | undefined;
}

/** What the gateway says in the `code` of an error. */
export type ErrorCode =
  | 'address_not_allowed'
  | 'api_key_invalid'
  | 'api_key_missing'
  | 'bad_request'
  | 'blocked_prefix'
  | 'body_too_large'
  | 'channel_paused'
  | 'channel_unavailable'
  | 'cold_budget_used'
  | 'email_unavailable'
  | 'fields_invalid'
  | 'idempotency_key_in_flight'
  | 'idempotency_key_invalid'
  | 'idempotency_key_reused'
  | 'internal'
  | 'job_not_cancelable'
  | 'job_not_found'
  | 'malformed_json'
  | 'max_checks_reached'
  | 'max_sends_reached'
  | 'opted_out'
  | 'phone_number_invalid'
  | 'phone_number_required'
  | 'queue_full'
  | 'rate_limited'
  | 'resend_too_soon'
  | 'scope_missing'
  | 'sender_banned'
  | 'sender_conflict'
  | 'sender_disconnected'
  | 'sender_logged_out'
  | 'sender_not_paired'
  | 'sender_restricted'
  | 'sender_unavailable'
  | 'sending_paused'
  | 'sms_cap_used'
  | 'sms_country_not_listed'
  | 'sms_unavailable'
  | 'store_unavailable'
  | 'test_number_refused'
  | 'unsupported_media_type'
  | 'verification_not_found';
