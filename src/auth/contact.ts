import {
  type CountryCode,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import { typedEmail } from '../typed/email.js';
import { withoutInvisible } from '../typed/invisible.js';
import { typedNumber } from '../typed/number.js';

/** What a code can be sent to, and prove. Phones are E.164, addresses lower case: one spelling for one identity. */
export interface Contact {
  kind: 'phone' | 'email';
  value: string;
}

const MAX_SPELLING = 40;

/** The same contact has the same key, whichever contract it came through. */
export function contactKey({ kind, value }: Contact): string {
  return `${kind}:${value}`;
}

/** The one spelling of an address (see `typedEmail`), or null when it is not an address. */
export function parseEmail(given: unknown): string | null {
  return typeof given === 'string' ? typedEmail(given) : null;
}

/**
 * E.164, or null. Reads `+62 812-3456-7890`, `6281234567890` and `006281234567890` (without the plus) and, with a
 * country, what people dial there. A number that the numbering plans do not know yet is accepted only if its country is
 * beyond doubt.
 */
export function parsePhone(given: unknown, country: string | null): string | null {
  if (typeof given !== 'string' || withoutInvisible(given).length > MAX_SPELLING) return null;
  const text = typedNumber(given);
  if (!/^\+?\d{4,20}$/.test(text)) return null;
  const international = parsePhoneNumberFromString(`+${text.replace(/^(?:\+|00)/, '')}`);
  if (country === null || text.startsWith('+')) {
    return international?.isPossible() ? international.number : null;
  }
  return readIn(country as CountryCode, text, international)?.number ?? null;
}

/** In national form if the number is from `country` and that form is read back correctly, else E.164. */
export function nationalOrE164(phone: string, country: string): string {
  const number = parsePhoneNumberFromString(phone);
  const national = String(number?.nationalNumber);
  return number?.country === country && parsePhone(national, country) === phone ? national : phone;
}

/**
 * Digits without a plus may be a number of the country with or without its calling code, or one of another country. The
 * likeliest valid reading wins: the country's own before others, mobiles before landlines. A landline without the trunk
 * prefix that is usual there comes after foreign mobiles: where numbers vary in length, as in Germany, nearly all foreign
 * mobiles look like such a landline.
 */
function readIn(
  country: CountryCode,
  digits: string,
  international: PhoneNumber | undefined,
): PhoneNumber | undefined {
  const code = getCountryCallingCode(country);
  const own = international?.countryCallingCode === code ? international : undefined;
  const dialled = parsePhoneNumberFromString(digits, country);
  // The digits begin with the prefix for calls abroad.
  const isAbroad = dialled?.countryCallingCode !== code;
  const national = isAbroad ? undefined : dialled;
  const isWritten = national !== undefined && typedNumber(national.formatNational()) === digits;
  const readings = [
    isMobile(own) && own,
    isMobile(national) && national,
    own,
    isWritten && national,
    isAbroad && dialled,
    isMobile(international) && international,
    national,
    international,
  ];
  return readings.filter((number) => number !== false).find((number) => number?.isValid());
}

function isMobile(number: PhoneNumber | undefined): boolean {
  const type = number?.getType();
  return type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
}
