import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { typedNumber } from '../typed/number.js';

/** E.164 in ASCII digits; no number with a country code is shorter than 7 digits. */
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * E.164, or null. Separators and the script of the digits are ignored, but no digit is added or removed, and a number that
 * libphonenumber would write with other digits is refused.
 */
export function parseE164(input: unknown): string | null {
  if (typeof input !== 'string') return null;
  const text = typedNumber(input);
  if (!E164.test(text)) return null;
  const parsed = parsePhoneNumberFromString(text);
  return parsed?.number === text && parsed.isPossible() ? text : null;
}
