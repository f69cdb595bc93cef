import type { CodeStatus, Proof, Store, UserFirst } from '../../../database/schema.js';
import type { Attempt } from '../route/route.js';

/** A code that this server checks: who is to prove what, how far that is, and what was done for it. */
export interface Verification {
  /** `ver_` and 22 characters. */
  id: string;
  /** As `NewJob.caller`. */
  caller: string;
  /** E.164, or an address in lower case. */
  to: string;
  kind: 'phone' | 'email';
  /** By the clock: one whose end has passed is `expired`. */
  status: CodeStatus;
  proof: Proof;
  /** What went out last, or is about to; null: nothing, only the person can begin. */
  channel: string | null;
  route: string[];
  /** Unix ms, as all times here. */
  createdAt: number;
  expiresAt: number;
  endedAt: number | null;
  checksLeft: number;
  /** Starts and resends together. */
  sends: number;
  sendsLeft: number;
  /** Null: it has ended, or no sends are left. */
  canResendAt: number | null;
  /** Null: no step follows. */
  nextStepAt: number | null;
  /** The hosted page, on the address that people reach this server at. */
  pageUrl: string;
  /** Null: the person is not asked to write first. */
  userFirst: WritingFirst | null;
  /** One for each send, also for a step that sent nothing; the first first. */
  attempts: Attempt[];
  metadata: Metadata | null;
  /** Why somebody who wrote first was not taken. */
  lastProblem: 'sender_mismatch' | 'sender_not_proven' | null;
  locale: string | null;
  action: string | null;
  client: string | null;
  /** Where the hosted page leads back to, without what it adds. */
  returnUrl: string | null;
  /** Of an approved one: what the browser that its page belongs to brings along there. Null: nobody has opened the page. */
  returnProof: string | null;
  /** It has the fixed code of a test number, and nothing was sent. */
  isTest: boolean;
  /** Differs after every change that this view shows, and tells nothing else. */
  version: string;
}

/** What a person who has no code yet opens, scans or writes. */
export interface WritingFirst {
  link: string;
  /** A path on our own origin. */
  qr: string;
  /** E.164. */
  number: string;
  text: string;
}

/** The caller's own, given back as it came. */
export type Metadata = Record<string, string | number | boolean | null>;

/** Counts a code that is about to be made, or rejects; resolves with what takes it back if there was no code after all. */
export type Admit = () => Promise<() => Promise<void>>;

/** What a caller asks for. The HTTP layer has read it; what has to do with channels is checked here. */
export interface VerificationOrder {
  caller: string;
  contact: { kind: 'phone' | 'email'; value: string };
  /** Null: `CODE_ROUTE`, or e-mail. A route that is there wins. */
  channel: string | null;
  route: string[] | null;
  userFirst: UserFirst;
  proof: Proof;
  locale: string | null;
  codeLength: number;
  /** 4 to 10 digits that the caller has made itself, also for one that is pending; without it this server makes them. */
  code?: string;
  /** One that is pending goes out over this channel, which its first start need not have had. */
  over?: string;
  ttlMs: number;
  action: string | null;
  client: string | null;
  /** The person's network address; null: not known, and nothing is counted by it. */
  address: string | null;
  metadata: Metadata | null;
  returnUrl: string | null;
  /** As `NewJob.requestId`. */
  requestId?: string;
  /** The contact is one of the caller's test numbers. */
  test: { code: string; until: number } | null;
  /** Null: codes of this caller are not counted. */
  admit: Admit | null;
}

/** How a code is sent once more. */
export interface Again {
  /** Null: the last one. */
  channel: string | null;
  /** As in the order. Null: that which it was started from. */
  address: string | null;
  requestId?: string | undefined;
  admit: Admit | null;
}

/** Which one: a caller finds only its own, whoever may see all leaves the caller out. */
export interface Which {
  id: string;
  caller?: string;
}

/** Which one is pending, by what it was started for. */
export type WhichByContact = Pick<VerificationOrder, 'caller' | 'contact' | 'action' | 'client'>;

export type Checked =
  | { id: string; status: 'approved'; valid: true }
  | { id: string; status: 'pending'; valid: false; checksLeft: number };

export interface VerificationFilter {
  /** As `Verification.to`. */
  to: string | null;
  status: CodeStatus | null;
  /** 1 to 100. */
  limit: number;
  /** From the page before; null: the newest. */
  cursor: string | null;
}

export interface VerificationPage {
  /** The newest first. */
  verifications: Verification[];
  /** Null: this is the last page. */
  nextCursor: string | null;
}

export interface Tally {
  /** Starts and resends together. */
  sends: number;
  approved: number;
}

/**
 * All reject with an `AppError`, store_unavailable (503) among them; those that take one of them also with
 * verification_not_found, for one that there is not, of another caller, or ended more than a day ago.
 */
export interface Verifications {
  /**
   * Starts one, or sends once more what the same caller, person, action and client have pending. Rejects with
   * fields_invalid, resend_too_soon, max_sends_reached, max_checks_reached, rate_limited, and, when neither a step of the
   * route nor the person can work, with the refusal of the first step (503).
   */
  start(order: VerificationOrder, once?: AnsweredOnce): Promise<Verification>;
  find(which: Which): Promise<Verification>;
  /** The one that is pending, or used up by wrong checks and not over. */
  findByContact(which: WhichByContact): Promise<Verification>;
  /**
   * One check. Rejects with max_checks_reached after five wrong ones, and with verification_not_found once it has ended.
   * @param address the person's, whose wrong checks are counted; null: that which it was started from, if any.
   * @param requestId for the log.
   */
  check(which: Which, code: string, address: string | null, requestId?: string): Promise<Checked>;
  checkByContact(
    which: WhichByContact,
    code: string,
    address: string | null,
    requestId?: string,
  ): Promise<Checked>;
  /** The caller has checked the code itself. Rejects like `check`. */
  approve(which: Which): Promise<Verification>;
  /**
   * The same code once more. Rejects with resend_too_soon, max_sends_reached, max_checks_reached, rate_limited,
   * fields_invalid (a channel that is not there, or not for such a contact) and the channel's refusal (503).
   */
  resend(which: Which, again: Again): Promise<Verification>;
  /** Nothing more is sent. One that is canceled stays so; one that ended in another way is not found. */
  cancel(which: Which): Promise<Verification>;
  list(caller: string, filter: VerificationFilter): Promise<VerificationPage>;
  /** Of the caller's that can still be seen and were started from `since` to before `until`, without those of test numbers. */
  tally(caller: string, period: { since: number; until: number }): Promise<Tally>;
  /**
   * Resolves as soon as it differs from `version`, has ended, or `waitMs` are over.
   * @param version of the view that is known; null: that of now.
   * @param signal resolves it at once.
   */
  changed(which: Which, version: string | null, waitMs: number, signal: AbortSignal): Promise<Verification>;
}

/** Keeps the answer under an idempotency key. */
export interface AnsweredOnce {
  /** In the transaction that makes it. Rejects with idempotency_key_in_flight when another process was faster. */
  takeIn(trx: Store, id: string, expiresAt: number): Promise<void>;
  /** What is to be answered again. */
  keep(answer: Verification): Promise<void>;
}
