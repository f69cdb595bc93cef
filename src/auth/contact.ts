import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import * as z from 'zod';

/** What a code can be sent to, and prove. Phones are E.164, addresses lower case: one spelling for one identity. */
export interface Contact {
  kind: 'phone' | 'email';
  value: string;
}

const LONGEST_EMAIL = 254;
const LONGEST_SPELLING = 40;
const email = z.email();

/** The same contact has the same key, whichever contract it came through. */
export function contactKey({ kind, value }: Contact): string {
  return `${kind}:${value}`;
}

/** Lower case, or null when it is no address. Providers tell no letters apart by their case. */
export function parseEmail(given: unknown): string | null {
  if (typeof given !== 'string') return null;
  const text = given.trim().toLowerCase();
  return text.length <= LONGEST_EMAIL && email.safeParse(text).success ? text : null;
}

/**
 * E.164, or null. Reads `+62 812-3456-7890`, `6281234567890` (the plus is left out) and, with a country, its national
 * form. Only where its country is beyond doubt may it be a number that the numbering plans do not know yet.
 */
export function parsePhone(given: unknown, country: string | null): string | null {
  if (typeof given !== 'string' || given.length > LONGEST_SPELLING) return null;
  const text = given.replace(/[\s().-]/g, '');
  if (!/^\+?\d{4,17}$/.test(text)) return null;
  const international = parsePhoneNumberFromString(`+${text.replace('+', '')}`);
  if (country === null || text.startsWith('+')) {
    return international?.isPossible() ? international.number : null;
  }
  const national = parsePhoneNumberFromString(text, country as CountryCode);
  return [national, international].find((number) => number?.isValid())?.number ?? null;
}

/** As people in the number's country write it when it is `country`, else E.164. */
export function nationalOrE164(phone: string, country: string): string {
  const number = parsePhoneNumberFromString(phone);
  return number?.country === country ? String(number.nationalNumber) : phone;
}
