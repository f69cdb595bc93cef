import type {
  AttemptCause,
  CodeAttemptRow,
  CodeRow,
  CodeStatus,
  JobRow,
  Proof,
  UserFirst,
} from '../../../database/schema.js';
import { type ShownStatus, shownStatus } from '../../delivery/job.js';
import { MAX_CHECKS, statusOf, VERIFICATION } from '../verifications/code-rows.js';

/** A code with a row of its own, as operators see it: never its digits. Times are Unix ms. */
export interface CodeView {
  id: string;
  /** As in jobs; `verification` for those that this server checks. */
  purpose: string;
  caller: string;
  /** E.164, or an address in lower case. */
  contact: string;
  action: string | null;
  /** By the clock: one whose end has passed is expired. */
  status: CodeStatus;
  proof: Proof;
  userFirst: UserFirst;
  locale: string | null;
  /** The names of the channels, in order. */
  route: string[];
  /** The place in the route that has begun last; -1: none. */
  step: number;
  stepBeganAt: number | null;
  /** Null: none follows. */
  nextStepAt: number | null;
  /** Null: somebody else checks it. */
  checksLeft: number | null;
  sends: number;
  createdAt: number;
  expiresAt: number;
  /** Null while it is pending, and until somebody has noted that it expired. */
  endedAt: number | null;
  lastProblem: string | null;
  /** It has the fixed code of a test number, and nothing was sent. */
  isTest: boolean;
  /** The `X-Request-Id` of the answer to the request that it goes back to; null: not known. */
  requestId: string | null;
}

/** One time that it was sent, or was to be sent. */
export interface CodeAttempt {
  channel: string;
  cause: AttemptCause;
  at: number;
  /** Null: nothing was sent, and `skipped` says why. */
  jobId: number | null;
  /** A code of `UnavailableCode` or `FailureReason`. */
  skipped: string | null;
  /** Null: there was no job, or it is deleted. */
  job: AttemptJob | null;
}

/** The link by which the person may write first. */
export interface CodeLink {
  madeAt: number;
  endsAt: number;
  /** Its text came from the number that is to be proven. */
  usedAt: number | null;
  /** Its text came from other numbers too often. */
  burnedAt: number | null;
  /** How often it came from another number. */
  mismatches: number;
}

export interface AttemptJob {
  status: ShownStatus;
  sentAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
  finishedAt: number | null;
  error: { code: string; message: string } | null;
}

export function codeView(row: CodeRow, now: number): CodeView {
  const present = statusOf(row, now);
  return {
    id: row.id,
    purpose: row.purpose,
    caller: row.caller,
    requestId: row.request_id,
    contact: row.contact,
    action: row.action,
    status: present,
    proof: row.proof,
    userFirst: row.user_first,
    locale: row.locale,
    route: JSON.parse(row.route) as string[],
    step: row.step,
    stepBeganAt: row.step_began_at,
    nextStepAt: present === 'pending' ? row.next_step_at : null,
    checksLeft: row.purpose === VERIFICATION ? Math.max(0, MAX_CHECKS - row.tries) : null,
    sends: row.sends,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    lastProblem: row.last_problem,
    isTest: row.test_until !== null,
  };
}

/** An attempt with the columns of its job. */
export type AttemptRow = Pick<CodeAttemptRow, 'channel' | 'cause' | 'at' | 'job_id' | 'error'> & {
  [Column in
    | 'status'
    | 'sent_at'
    | 'delivered_at'
    | 'read_at'
    | 'finished_at'
    | 'error_code'
    | 'error_message']: JobRow[Column] | null;
};

export function attemptView(row: AttemptRow): CodeAttempt {
  return {
    channel: row.channel,
    cause: row.cause,
    at: row.at,
    jobId: row.job_id,
    skipped: row.job_id === null ? row.error : null,
    job: row.status && {
      status: shownStatus({ status: row.status, error_code: row.error_code }),
      sentAt: row.sent_at,
      deliveredAt: row.delivered_at,
      readAt: row.read_at,
      finishedAt: row.finished_at,
      error: row.error_code ? { code: row.error_code, message: row.error_message ?? '' } : null,
    },
  };
}
