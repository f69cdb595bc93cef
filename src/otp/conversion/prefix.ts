import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Numbers that are the same but for the last digits are most likely one range, which one person may have bought. */
export interface Prefix {
  /** E.164 less its last four digits; empty for an address. */
  prefix: string;
  /** ISO 3166-1 alpha-2, ZZ for an unknown one; empty for an address. */
  country: string;
}

const SUBSCRIBER_DIGITS = 4;

/** @param contact a number in E.164, or an address. */
export function prefixOf(contact: string): Prefix {
  if (contact.includes('@')) return { prefix: '', country: '' };
  const country = parsePhoneNumberFromString(contact)?.country ?? 'ZZ';
  return { prefix: prefixOfNumber(contact), country };
}

/** @param phone E.164. */
export function prefixOfNumber(phone: string): string {
  return phone.slice(0, -SUBSCRIBER_DIGITS);
}

/** "+20 100 123 …": in groups, so that a text in which numbers are masked still tells which one it is. */
export function prefixInWords(prefix: string): string {
  const calling =
    parsePhoneNumberFromString(`${prefix}${'0'.repeat(SUBSCRIBER_DIGITS)}`)?.countryCallingCode ?? '';
  const rest = prefix.slice(1 + calling.length);
  return [`+${calling}`, ...(rest.match(/\d{1,3}/g) ?? []), '…'].join(' ');
}
