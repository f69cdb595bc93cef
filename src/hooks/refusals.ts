import { sentenceForPeople } from '../delivery/unavailable.js';
import type { AppError, ErrorCode } from '../errors.js';
import { inWords } from '../http/wait-words.js';
import type { Refusal } from './preset.js';

/** What each is called by machines, and says to people, when nothing more is known. */
const WORDS: Record<Refusal['reason'], [code: ErrorCode, message: string]> = {
  signature: ['signature_invalid', 'The request is not signed with the secret of this hook, or is too old.'],
  unreadable: ['bad_request', 'The request could not be read.'],
  not_a_code: ['bad_request', 'The message holds no code.'],
  number: ['phone_number_invalid', 'This is no phone number in international form, and no e-mail address.'],
  limited: ['rate_limited', 'Too many codes were asked for.'],
  unavailable: ['store_unavailable', 'No codes can be sent at the moment. Please try again later.'],
  cold: ['sender_restricted', 'Please write to us first.'],
  unknown: ['not_found', 'There is no such hook, or it is disabled.'],
};

type Known = Partial<Pick<Refusal, 'code' | 'message' | 'retryAfterSeconds'>>;

export function refusal(reason: Refusal['reason'], known: Known = {}): Refusal {
  const [code, message] = WORDS[reason];
  return { kind: 'refused', reason, code, message, retryAfterSeconds: null, ...known };
}

/** With the link to open; the message of the person there makes the next code possible. */
export function coldRefusal({ code, options }: AppError, link: string): Refusal {
  return refusal('cold', {
    code,
    message: `To get your code on WhatsApp, open ${link} and press Send there, then ask again.`,
    retryAfterSeconds: secondsOf(options.retryAfterSeconds),
  });
}

const NOTHING_NOW_SECONDS = 5;

/** What stands in the way of a code, in words that may reach a person. Null: our own fault. */
export function refusalOf({ code, message, options }: AppError): Refusal | null {
  const retryAfterSeconds = secondsOf(options.retryAfterSeconds);
  const forPeople = sentenceForPeople(code);
  if (forPeople !== null) return refusal('unavailable', { code, message: forPeople, retryAfterSeconds });
  switch (code) {
    case 'phone_number_invalid':
      return refusal('number', { message });
    case 'rate_limited':
      return refusal('limited', {
        message: `Too many codes were asked for. Please try again in ${inWords(retryAfterSeconds)}.`,
        retryAfterSeconds,
      });
    case 'body_too_large':
    case 'unsupported_media_type':
    case 'bad_request':
      return refusal('unreadable', { code });
    default:
      return null;
  }
}

function secondsOf(told: number | undefined): number {
  return Math.max(1, Math.ceil(told ?? NOTHING_NOW_SECONDS));
}
