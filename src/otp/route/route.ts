import type { AttemptCause, Store } from '../../../database/schema.js';
import type { JobView, ShownStatus } from '../../delivery/job.js';
import type { NewJob } from '../../delivery/queue/new-job.js';
import type { AppError } from '../../errors.js';

export { VERIFICATION } from '../../delivery/job.js';
/** More would only tell the person the same code again and again. */
export const MAX_CHANNELS = 3;

/** Who gets a code: E.164, or an address in lower case. */
export interface CodeContact {
  kind: 'phone' | 'email';
  value: string;
}

/** A code that is about to go out over its route. */
export interface RoutedCode {
  /** In the form of `NewJob.caller`. */
  caller: string;
  purpose: string;
  contact: CodeContact;
  /** The names of the channels, in order. */
  route: readonly string[];
  code: string;
  locale: string | null;
  /** What the caller said that it is for. */
  action: string | null;
  /** Something else to tell, beside the words of the template. */
  sentence: string | null;
  createdAt: number;
  expiresAt: number;
  /** Do everything except send a message. */
  silent: boolean;
  /** As `NewJob.requestId`; of its next steps, too. */
  requestId?: string;
  /** As `CodeOrder.door` and `CodeOrder.asCold`. */
  door?: 'sign-in' | 'sign-up';
  asCold?: boolean;
}

/** The words around a code, the same over every channel. */
export type Wording = (
  code: Pick<RoutedCode, 'caller' | 'purpose' | 'contact' | 'code' | 'locale' | 'action' | 'sentence'>,
  ttlMs: number,
) => {
  text: string;
  /** With a `CODE_DOT` for each digit. */
  shape: string;
  subject?: string;
};

/** A step that sends nothing, and why. */
export interface PassedOver {
  channel: string;
  /** What `attempts` shows as its error. */
  reason: string;
  /** The whole refusal. */
  error: AppError;
}

/** A code with a place in the queue of the first channel that takes it. It is not stored yet. */
export interface ReservedStart {
  /** The channel that begins; null: none can push to this contact now. */
  begins: string | null;
  /** In the order of the route. With `begins` null these are all of them, and the first is the reason to tell. */
  passedOver: PassedOver[];
  /** How long the message is expected to wait; null: unknown. */
  waitMs: number | null;
  /**
   * In the caller's transaction, after the row of the code, whose `step` is -1: writes the attempts, the job and where on
   * its route the code is. Nothing when none can push.
   */
  storeIn(trx: Store, codeId: string, as?: StoredAs): Promise<{ jobId: number | null }>;
  /** After the commit: the message goes out. */
  committed(): void;
  /** Gives the place back, unless it was committed. May be called at any time, more than once. */
  release(): void;
}

export interface StoredAs {
  /**
   * As `NewJob.askedBy`; without it any newer code for the same person and purpose takes its place. A verification has
   * its own id here.
   */
  askedBy?: string | undefined;
  /** Stored in the same commit, with the number of the job. */
  idempotency?: NewJob['idempotency'];
}

/** One time that a code was sent, or was to be sent, as callers see it. Times are Unix ms. */
export interface Attempt {
  jobId: number | null;
  channel: string;
  cause: AttemptCause;
  /** `failed` without a job: nothing was sent, and `error` says why. */
  status: ShownStatus;
  at: number;
  sentAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
  error: { code: string; message: string } | null;
}

/** A code that is about to be sent once more. Nothing is stored yet. */
export interface ReservedAgain {
  channel: string;
  /**
   * In the caller's transaction. Rejects with `Moved` when the code has ended or gone on in the meantime: it may be
   * reserved again.
   */
  storeIn(trx: Store): Promise<{ jobId: number | null }>;
  committed(): void;
  release(): void;
}

export interface Again {
  /** By default the one that was sent over last, or the first that takes it if none was. */
  channel?: string | undefined;
  cause: 'resend' | 'reply';
  /** As `NewJob.requestId`; by default that of the code. */
  requestId?: string | undefined;
}

/** What became of a code, over all its channels. */
export interface CodeStory extends Pick<JobView, 'sentAt' | 'deliveredAt' | 'readAt' | 'error'> {
  /** `failed` and `expired` only when no step is left. */
  status: ShownStatus;
  attempts: Attempt[];
}

/** What became of a resend or a reply. */
export type SentAgain =
  | { kind: 'sent'; jobId: number | null }
  /** The channel cannot take it now. */
  | { kind: 'refused'; error: AppError }
  /** The code has ended, or there is none. */
  | { kind: 'over' };

/** Of a code: a message may still arrive or a step may follow, nothing may, or it is about to take its next step. */
export type StepsLeft = 'some' | 'none' | 'undecided';

/** The ways of codes that have a row in `codes`. */
export interface Routing {
  /** Tries the channels in their order. Rejects only with a failure of the store. */
  reserve(code: RoutedCode): Promise<ReservedStart>;
  /**
   * The same code again. One that still waits in that lane is the one that goes. Null: the code has ended, or there is
   * none. Rejects with the refusal, an `AppError`, or with a failure of the store.
   */
  reserveAgain(codeId: string, again: Again): Promise<ReservedAgain | null>;
  /** `reserveAgain` in a transaction of its own. */
  resend(codeId: string, channel?: string): Promise<SentAgain>;
  /** Sends the code to the person who has just written to us over WhatsApp, before all that wait there. */
  replyTo(codeId: string): Promise<SentAgain>;
  /** Ends what waits and was not written yet, for a code that was approved or canceled: in the same transaction. */
  withdrawIn(trx: Store, codeId: string): Promise<void>;
  /** Ends the code that a job belongs to. False: nothing of it was left to stop. Rejects with store_unavailable. */
  cancel(jobId: number): Promise<boolean>;
  /** What became of the code that a job belongs to. */
  storyOf(job: JobView): Promise<CodeStory>;
  /** What may still come of these codes. */
  stepsLeft(codeIds: readonly string[]): Promise<Map<string, StepsLeft>>;
  /** As `RoutedCode.route`, for a contact whose code names none. */
  routeTo(kind: CodeContact['kind']): readonly string[];
  /** The channel is set up, and reaches such a contact. */
  reaches(channel: string, kind: CodeContact['kind']): boolean;
  /** By code, in order; a code without attempts has an empty list. */
  attemptsOf(codeIds: readonly string[]): Promise<Map<string, Attempt[]>>;
  start(): void;
  /** Waits for the step in hand. */
  stop(): Promise<void>;
}
