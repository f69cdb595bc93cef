import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** E.164 in ASCII digits; no number with a country code is shorter than 7 digits. */
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * The number as it was given, if it is E.164 and its country has numbers of that length; else null. Nothing is
 * repaired: a number that libphonenumber would write differently is refused.
 */
export function parseE164(input: unknown): string | null {
  if (typeof input !== 'string' || !E164.test(input)) return null;
  const parsed = parsePhoneNumberFromString(input);
  return parsed?.number === input && parsed.isPossible() ? input : null;
}
