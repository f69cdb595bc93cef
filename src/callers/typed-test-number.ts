import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { AppError } from '../errors.js';
import { typedDuration } from '../typed/duration.js';
import { typedEmail } from '../typed/email.js';
import { typedNumber } from '../typed/number.js';
import { typedTime } from '../typed/time.js';
import type { TestNumber } from './test-numbers.js';

/** The same as people type it. */
export interface TypedTestNumber {
  to: unknown;
  code: unknown;
  /** `30d`, `2027-01-31` */
  until: unknown;
}

/** Throws bad_request with a sentence for whoever typed it. */
export function readTestNumber({ to, code, until }: TypedTestNumber, now: number): TestNumber {
  const digits = typedNumber(textOf(code));
  if (!/^\d{4,10}$/.test(digits)) throw bad('The code must have 4 to 10 digits.');
  const text = textOf(until).trim();
  const ms = typedDuration(text);
  const at = ms === null ? typedTime(text) : now + ms;
  if (at === null) throw bad(`"${text}" is no time such as 30d or 2027-01-31.`);
  if (at <= now) throw bad(`"${text}" is over already.`);
  return { contact: readTestContact(to), code: digits, until: at };
}

/** Throws like `readTestNumber`. */
export function readTestContact(to: unknown): string {
  const text = textOf(to).trim();
  const phone = typedNumber(text);
  const contact = text.includes('@')
    ? typedEmail(text)
    : parsePhoneNumberFromString(phone)?.number === phone && phone;
  if (contact) return contact;
  throw bad(`"${text}" is no phone number such as +12025550100, and no e-mail address.`);
}

function textOf(typed: unknown): string {
  return typeof typed === 'string' ? typed : '';
}

function bad(sentence: string): AppError {
  return new AppError('bad_request', sentence);
}
