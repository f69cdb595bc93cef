import { hash } from 'node:crypto';
import type { Scheme } from './scheme.js';

/**
 * What one auth server sends, and what it wants to hear: two pure functions, and how to set it up. A preset knows no
 * store, no limit and no clock.
 */
export interface Preset {
  /** As the command line has it: lower case. */
  name: string;
  /** As people know it. */
  title: string;
  authentication: Scheme;
  /** `them`: the auth server makes the secret, and whoever sets it up hands it to us, then or later. */
  secretMadeBy: 'us' | 'them';
  /** Whether it takes the pointers of the command line. */
  hasPointers: boolean;
  /** How long the same request is known as a double; null: as long as the codes of the hook live. */
  doublesMs: number | null;
  /** The sentence of a refusal is shown to the person, so that it may have a link to open. */
  reachesPerson: boolean;
  read(request: HookRequest): Reading;
  answer(outcome: Outcome): HookAnswer;
  /** What to paste where, a line each, for whoever sets it up. */
  setup(made: MadeHook): string[];
}

export interface HookRequest {
  /** The body byte for byte. */
  raw: Buffer;
  /** The same, read as JSON, or as the fields of a form. */
  body: unknown;
  pointers: Pointers;
}

/** Where a body has what, as JSON pointers (RFC 6901). */
export interface Pointers {
  to: string;
  code: string;
}

export type Reading =
  | { kind: 'codes'; codes: CodeToSend[] }
  | {
      kind: 'refused';
      /** `not_a_code`: a link, or another message without one. */
      reason: 'unreadable' | 'not_a_code';
      /** One sentence for whoever reads the log of the auth server; nothing of the body. */
      message: string;
    };

export interface CodeToSend {
  /** As it was told: a number with or without its +, or an address. */
  to: string;
  /** As it was told. */
  code: string;
  /** The same for the same code, sent again; anything, of any length. It is not stored as it is. */
  dedupeKey: string;
  /** What the server says that it is for, in its words. */
  purpose?: string | null;
  /** As it was told; what is no language tag is left out. */
  locale?: string | null;
  /** The person's address, if the server tells it. */
  ip?: string | null;
  /** How long the code is good, if the server tells it; else it is the hook's. */
  lifeMs?: number | null;
}

export type Outcome = { kind: 'accepted' } | Refusal;

export interface Refusal {
  kind: 'refused';
  /**
   * signature: none, or not with our secret, or too old · unreadable, not_a_code: as read · number: no phone number or
   * address · limited: too many · unavailable: nothing can be sent for now · cold: the person has to write first, and
   * only where `reachesPerson` is set (elsewhere it is `unavailable`) · unknown: there is no such hook, or it is disabled.
   */
  reason:
    | 'signature'
    | 'unreadable'
    | 'not_a_code'
    | 'number'
    | 'limited'
    | 'unavailable'
    | 'cold'
    | 'unknown';
  /** For machines, as in our own API: `rate_limited`, `phone_number_invalid`, `sender_restricted` … */
  code: string;
  /** One sentence, fit for people, with the link to open where it is cold. */
  message: string;
  /** Sent as `Retry-After` with every answer from 400 on. */
  retryAfterSeconds: number | null;
}

/** @param body an object is sent as JSON, a text as plain text; null: there is none. */
export interface HookAnswer {
  status: number;
  body: object | string | null;
}

export interface MadeHook {
  url: string;
  secret: string;
  /** The value of the `Authorization` header, where the scheme has one. */
  authorization: string | null;
}

/** The usual statuses, for servers that only look at them; a preset says which of them it answers otherwise. */
export const USUAL_STATUS: Readonly<Record<Refusal['reason'], number>> = {
  signature: 401,
  unreadable: 400,
  not_a_code: 422,
  number: 422,
  limited: 429,
  unavailable: 503,
  cold: 503,
  unknown: 404,
};

/** For servers that read nothing but the status. */
export function usualAnswer(outcome: Outcome): HookAnswer {
  if (outcome.kind === 'accepted') return { status: 200, body: {} };
  const { reason, message, code, retryAfterSeconds } = outcome;
  const body = { message, code, ...(retryAfterSeconds !== null && { retryAfterSeconds }) };
  return { status: USUAL_STATUS[reason], body };
}

/**
 * For servers that queue their messages and try each again whatever they hear: what can never be sent is taken, with the
 * reason in the answer, so that it does not hold up what comes after it.
 */
export function answerForQueues(outcome: Outcome): HookAnswer {
  const usual = usualAnswer(outcome);
  const isHopeless = outcome.kind === 'refused' && ['number', 'not_a_code'].includes(outcome.reason);
  return isHopeless ? { ...usual, status: 200 } : usual;
}

/** A key for requests that have no id of their own. */
export function digestOf(...parts: readonly (string | Buffer)[]): string {
  return hash(
    'sha256',
    JSON.stringify(parts.map((part) => (typeof part === 'string' ? part : part.toString('base64')))),
  );
}
