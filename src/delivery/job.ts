import { JOB_STATUSES, type JobEventKind, type JobStatus } from '../../database/schema.js';
import type { ChannelFailure } from '../channels/channel.js';

/** The purpose of the codes that callers with an API key send. */
export const GATEWAY = 'gateway';
/** The purpose of the codes that this server checks for callers with an API key. */
export const VERIFICATION = 'verification';
/** The purpose of a job that tells something and carries no code. It counts in no figure of how codes arrive. */
export const NOTICE = 'notice';

/** One that its caller has canceled is stored as a failed one, with this as its error. */
export const CANCELED = 'canceled';
export const SHOWN_STATUSES = [...JOB_STATUSES, CANCELED] as const;
/** The status of a job as it is shown. */
export type ShownStatus = (typeof SHOWN_STATUSES)[number];

/** One that is being prepared and was canceled is not written any more. */
export function shownStatus(job: { status: JobStatus; error_code: string | null }): ShownStatus {
  return job.error_code === CANCELED && job.status !== 'sent' ? CANCELED : job.status;
}

/** A job as the worker holds it. */
export interface ClaimedJob {
  id: number;
  messageId: string;
  recipient: string;
  /** Null when it cannot be read (another ENCRYPTION_KEY). */
  text: string | null;
  /** Empty: it carries none, or cannot be read. */
  code: string;
  /** The language of the text, if it was chosen. */
  locale?: string;
  /** What stands above it, where a channel has a place for that. */
  subject?: string;
  attempts: number;
  expiresAt: number;
}

/** A job as it is shown: never with its code or text. */
export interface JobView {
  jobId: number;
  purpose: string;
  /** On whose behalf; null for jobs of versions that did not record it. */
  caller: string | null;
  channel: string;
  /** E.164, or on the e-mail channel an address; null: the account that it went to is deleted. */
  phoneNumber: string | null;
  status: ShownStatus;
  createdAt: number;
  claimedAt: number | null;
  sentAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
  expiresAt: number;
  attempts: number;
  error: { code: string; message: string } | null;
  retry: Retry;
}

/** Whether an operator may send the job again, and if not, why. */
export type Retry = 'possible' | 'expired' | 'superseded' | 'ended' | 'not_failed';

/** A job with its message and its story. */
export interface JobStory extends JobView {
  /** With dots in place of the code; null for jobs of versions that kept nothing. */
  message: string | null;
  /** The row in `codes` that it belongs to; null: its code goes out once, over one channel. */
  codeId: string | null;
  /** As `NewJob.requestId`; null: nobody asked for it in a request, or it is from before these were kept. */
  requestId: string | null;
  finishedAt: number | null;
  /** How often the message may have been written to the socket. */
  writes: number;
  /** Oldest first. */
  events: JobEvent[];
}

export interface JobEvent {
  at: number;
  kind: JobEventKind;
  detail: string | null;
}

/** Why a job ended without a confirmed message: the complete set, each with the sentence that an operator reads. */
export const FAILURES = {
  not_on_whatsapp: 'This number is not registered on WhatsApp.',
  reach_out_restricted: 'WhatsApp does not let this sender write to new numbers at the moment (error 463).',
  rejected_by_whatsapp: 'WhatsApp refused the message.',
  rejected_by_mail_server: 'The mail server refused the mail or its recipient.',
  rejected_by_provider: 'The provider refused the message or its recipient.',
  provider_failed: 'The provider reported that the message did not arrive.',
  sender_logged_out: 'The sending number was logged out while the message was under way.',
  sender_banned: 'The sending number was banned while the message was under way.',
  attempts_exhausted: 'The message could not be handed over; all attempts are used up.',
  unreadable: 'The stored message cannot be read with the present ENCRYPTION_KEY.',
  superseded: 'A newer code for the same recipient took its place.',
  withdrawn: 'It had not gone out yet when the code took another way, or was needed no longer.',
  canceled: 'Its caller canceled the code before it went out.',
  account_deleted: 'The account of its recipient was deleted before it could be sent.',
  code_expired: 'The code expired before the message could be sent.',
  unconfirmed: 'The message was never confirmed before the code expired; it may or may not have arrived.',
} as const;
export type FailureReason = keyof typeof FAILURES;

/** What became of one attempt. */
export type Outcome =
  | { kind: 'accepted'; at: number }
  /** `detail`: what the reason alone does not say, for the job's story. */
  | { kind: 'failed'; reason: FailureReason; detail?: string }
  /** Back to the queue, not before `runAt`; `counted` uses up an attempt; `detail`: why, for the job's story. */
  | {
      kind: 'release';
      runAt: number;
      counted: boolean;
      detail?: string;
      /** What was to be written was refused as a whole: it certainly did not arrive. */
      unwritten?: true;
    };

export function isFinalFailure(failure: ChannelFailure): failure is ChannelFailure & FailureReason {
  return failure in FAILURES;
}
