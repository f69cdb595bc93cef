import { sentenceForPeople } from '../delivery/unavailable.js';
import type { AppError } from '../errors.js';
import type { Refusal } from './preset.js';

const SENTENCES: Record<Refusal['reason'], string> = {
  signature: 'The request is not signed with the secret of this hook, or is too old.',
  unreadable: 'The request could not be read.',
  not_a_code: 'The message holds no code.',
  number: 'This is no phone number in international form, and no e-mail address.',
  limited: 'Too many codes were asked for.',
  unavailable: 'No codes can be sent at the moment. Please try again later.',
  cold: 'Please write to us first.',
  unknown: 'There is no such hook, or it is disabled.',
};

export function refusal(
  reason: Refusal['reason'],
  message: string = SENTENCES[reason],
  retryAfterSeconds: number | null = null,
): Refusal {
  return { kind: 'refused', reason, message, retryAfterSeconds };
}

/** With the link to open; the message of the person there makes the next code possible. */
export function coldRefusal(link: string): Refusal {
  return refusal('cold', `To get your code on WhatsApp, open ${link} and press Send there, then ask again.`);
}

const NOTHING_NOW_SECONDS = 5;

/** What stands in the way of a code, in words that may reach a person. Null: our own fault. */
export function refusalOf(error: AppError): Refusal | null {
  const { code, options } = error;
  const seconds = Math.max(1, Math.ceil(options.retryAfterSeconds ?? NOTHING_NOW_SECONDS));
  const forPeople = sentenceForPeople(code);
  if (forPeople !== null) return refusal('unavailable', forPeople, seconds);
  switch (code) {
    case 'rate_limited':
      return refusal('limited', `${SENTENCES.limited} Please try again in ${inWords(seconds)}.`, seconds);
    case 'body_too_large':
    case 'unsupported_media_type':
    case 'bad_request':
      return refusal('unreadable');
    default:
      return null;
  }
}

function inWords(seconds: number): string {
  const [count, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3_600
        ? [Math.ceil(seconds / 60), 'minute']
        : [Math.ceil(seconds / 3_600), 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
