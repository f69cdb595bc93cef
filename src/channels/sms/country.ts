import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** The country of a number in E.164 (ISO 3166-1 alpha-2), or null. */
export function countryOf(phone: string): string | null {
  return parsePhoneNumberFromString(phone)?.country ?? null;
}
