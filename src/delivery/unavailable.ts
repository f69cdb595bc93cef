import { REFUSALS } from '../channels/sender-words.js';
import { AppError, type ErrorCode } from '../errors.js';

/** Why a code is not accepted at the moment. Private causes go to the log instead. */
export type UnavailableCode = keyof typeof SENTENCES;

/** The documented text of the 503; the code says which of the reasons it was. */
const UNAVAILABLE_TEXT = 'Service temporarily unavailable due to a queueing issue. Please try again shortly.';

/** When to try again after a database failure. */
export const STORE_RETRY_SECONDS = 5;

/** One sentence for each code: for a back end and its operator, and for people waiting for a code. */
const SENTENCES = {
  queue_full: {
    reason: 'The codes that already wait would make a new one too late.',
    forPeople: 'Many people are asking for a code at the moment. Please try again in a minute.',
  },
  sending_paused: {
    reason: 'An operator has paused sending.',
    forPeople: 'No codes can be sent at the moment. Please try again later.',
  },
  channel_paused: {
    reason: 'An operator has paused this channel.',
    forPeople: 'No codes can be sent this way at the moment. Please try again later.',
  },
  sender_disconnected: {
    reason: 'The connection to WhatsApp is lost; it is being opened again.',
    forPeople: 'No codes can be sent over WhatsApp at the moment. Please try again in a few minutes.',
  },
  sender_restricted: {
    reason: REFUSALS.sender_restricted,
    forPeople: 'No code can be sent to this WhatsApp number at the moment. Please try again later.',
  },
  cold_budget_used: {
    reason: 'The messages of the day to people who have not written are used up.',
    forPeople: 'No code can be sent to this WhatsApp number at the moment. Please try again later.',
  },
  blocked_prefix: {
    reason:
      'Hardly any of the codes to numbers that begin like this one came back: they are blocked for some hours.',
    forPeople: 'No code can be sent to this number at the moment. Please try again later.',
  },
  sender_not_paired: {
    reason: REFUSALS.sender_not_paired,
    forPeople: 'No codes can be sent over WhatsApp at the moment. Please try again later.',
  },
  sender_logged_out: {
    reason: REFUSALS.sender_logged_out,
    forPeople: 'No codes can be sent over WhatsApp at the moment. Please try again later.',
  },
  sender_banned: {
    reason: REFUSALS.sender_banned,
    forPeople: 'No codes can be sent over WhatsApp at the moment. Please try again later.',
  },
  sender_conflict: {
    reason: REFUSALS.sender_conflict,
    forPeople: 'No codes can be sent over WhatsApp at the moment. Please try again later.',
  },
  sender_unavailable: {
    reason: REFUSALS.sender_unavailable,
    forPeople: 'No codes can be sent over WhatsApp at the moment. Please try again later.',
  },
  email_unavailable: {
    reason: 'The mail server takes nothing at the moment.',
    forPeople: 'No codes can be sent by e-mail at the moment. Please try again later.',
  },
  opted_out: {
    reason: 'The person has written STOP to the sending number.',
    forPeople: 'You have asked this sender for no more messages. Write to it again to get some.',
  },
  sms_unavailable: {
    reason: 'The SMS provider takes nothing at the moment.',
    forPeople: 'No codes can be sent by SMS at the moment. Please try again later.',
  },
  sms_country_not_listed: {
    reason: 'No SMS are sent to the country of this number.',
    forPeople: 'No code can be sent to this number by SMS.',
  },
  sms_cap_used: {
    reason: 'The SMS of the day are used up.',
    forPeople: 'No codes can be sent by SMS at the moment. Please try again later.',
  },
  recipient_silent: {
    reason: 'Message after message to this recipient was accepted, and none has arrived.',
    forPeople: 'No code can be sent to this WhatsApp number at the moment. Please try again later.',
  },
  channel_unavailable: {
    reason: 'The channel is not set up on this server.',
    forPeople: 'No codes can be sent this way at the moment. Please try again later.',
  },
  store_unavailable: {
    reason: 'The database takes nothing at the moment.',
    forPeople: 'Something went wrong on our side. Please try again in a moment.',
  },
} satisfies Partial<Record<ErrorCode, { reason: string; forPeople: string }>>;

/** What an operator or the developer of a back end is told. */
export function reasonOf(code: UnavailableCode): string;
export function reasonOf(code: string): string | undefined;
export function reasonOf(code: string): string | undefined {
  return (SENTENCES as Record<string, { reason: string }>)[code]?.reason;
}

/** Of codes with one sentence for people, the one that stands for the others. */
const STANDS_FOR: Partial<Record<ErrorCode, UnavailableCode>> = {
  channel_paused: 'channel_unavailable',
  cold_budget_used: 'sender_restricted',
  recipient_silent: 'sender_restricted',
  sender_not_paired: 'sender_unavailable',
  sender_logged_out: 'sender_unavailable',
  sender_banned: 'sender_unavailable',
  sender_conflict: 'sender_unavailable',
  sms_cap_used: 'sms_unavailable',
};

/** What a code is called where no more may be told than its sentence for people: the same for all that share it. */
export function codeForPeople(code: ErrorCode): ErrorCode {
  return STANDS_FOR[code] ?? code;
}

/** What a person who wants to sign in is told; null: the error code is about something else. */
export function sentenceForPeople(code: ErrorCode): string | null {
  return code in SENTENCES ? SENTENCES[code as UnavailableCode].forPeople : null;
}

/** The refusal of a code. @param cause only for the log. */
export function unavailable(code: UnavailableCode, retryAfterSeconds: number, cause?: unknown): AppError {
  return new AppError(code, UNAVAILABLE_TEXT, { reason: reasonOf(code), retryAfterSeconds, cause });
}
