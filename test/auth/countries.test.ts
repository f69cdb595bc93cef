import {
  type CountryCode,
  getCountries,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, it } from 'vitest';
import { nationalOrE164, parsePhone } from '../../src/auth/contact.js';

const MAX_RANDOM = 20;

/** The example of every country, and others with random last digits. */
const COUNTRIES = getCountries().map((country) => {
  const example = mobileOf(examples[country], country);
  if (!example) throw new Error(`${country} has no example of a mobile`);
  const mobiles = [example];
  for (let tries = 0; tries < 200 && mobiles.length <= MAX_RANDOM; tries++) {
    const ending = String(Math.floor(Math.random() * 1e5)).padStart(5, '0');
    const random = mobileOf(`${example.number.slice(0, -5)}${ending}`);
    if (random?.country === country) mobiles.push(random);
  }
  return { country, mobiles };
});

function mobileOf(text: string, country?: CountryCode): PhoneNumber | null {
  const number = parsePhoneNumberFromString(text, country);
  const isMobile = number?.isValid() && /MOBILE/.test(number.getType() ?? '');
  return number && isMobile ? number : null;
}

it('every country is tried', () => {
  expect(COUNTRIES.length).toBeGreaterThan(240);
});

describe.each(COUNTRIES)('where numbers are read in $country', ({ country, mobiles }) => {
  it('a mobile is itself, however much of it is written', () => {
    for (const mobile of mobiles) {
      const { number, nationalNumber } = mobile;
      const spellings = [
        number,
        number.slice(1),
        `00${number.slice(1)}`,
        mobile.formatInternational(),
        String(nationalNumber),
        mobile.formatNational(),
        nationalOrE164(number, country),
      ];
      for (const spelling of spellings) {
        expect([spelling, parsePhone(spelling, country)]).toEqual([spelling, number]);
      }
    }
  });

  it('numbers abroad are what they are, as they are dialled there', () => {
    for (const number of ['+4915123456789', '+16502530000', '+6281234567890']) {
      // Empty where callers choose among several networks.
      const spelling = parsePhoneNumberFromString(number)?.format('IDD', { fromCountry: country }) || number;
      expect([spelling, parsePhone(spelling, country)]).toEqual([spelling, number]);
    }
  });
});

describe('digits that can be two numbers', () => {
  it.each([
    ['491713920001', 'DE', '+491713920001', 'a mobile with its country code, before a landline without'],
    ['62812345678', 'ID', '+62812345678', 'the same'],
    ['38343201234', 'XK', '+38343201234', 'the same'],
    ['53491261', 'CU', '+5353491261', 'a mobile of the country, before a landline with the country code'],
    ['390238186', 'IT', '+39390238186', 'the same'],
    ['495867721', 'DE', '+495867721', 'a landline with its country code, before one without'],
    ['919812345678', 'DE', '+919812345678', 'a mobile abroad, before a landline without its zero'],
    ['0919812345678', 'DE', '+49919812345678', 'with its zero it is the landline'],
    ['84912345678', 'RU', '+74912345678', 'the same, where the eight leads to all numbers of the country'],
    ['5016221234', 'US', '+15016221234', 'a mobile of the country, before one abroad'],
    ['15062345678', 'DE', '+4915062345678', 'the same'],
    ['6281234567890', 'IN', '+6281234567890', 'no number of the country'],
  ])('%s in %s is %s: %s', (digits, country, number) => {
    expect(parsePhone(digits, country)).toBe(number);
  });

  it.each([
    ['5555555555', 'IN'],
    ['2001234567', 'EG'],
    ['000491713920001', 'DE'],
  ])('%s in %s is none', (digits, country) => {
    expect(parsePhone(digits, country)).toBeNull();
  });
});

describe('what an answer shows', () => {
  it.each([
    ['+919876501234', 'IN', '9876501234', 'the national number'],
    ['+6281234567890', 'IN', '+6281234567890', 'a number abroad'],
    ['+202001234567', 'EG', '+202001234567', 'a number that the plans do not know'],
    ['+49495867721', 'DE', '+49495867721', 'one that would be taken for another'],
  ])('of %s in %s is %s: %s', (number, country, shown) => {
    expect(nationalOrE164(number, country)).toBe(shown);
    expect(parsePhone(number, country)).toBe(number);
    expect(parsePhone(shown, country)).toBe(number);
  });
});
