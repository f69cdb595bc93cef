import { type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Which numbers the doors that anybody may open send codes to. */
export interface ServedNumbers {
  /** @param phone E.164. @param channel that would send. */
  serves(phone: string, channel: { costs: boolean }): boolean;
}

/** Inmarsat and the satellite networks of +881; Thuraya and EMSAT share +882 with others (ITU-T E.164, annex). */
const SATELLITE = /^\+(?:870|881|88213|88216)/;

/**
 * Premium, shared-cost and satellite numbers are never served: whoever owns one earns by being sent to.
 * @param countries ISO 3166-1 alpha-2; null: all, but none over a channel whose messages cost money.
 */
export function createServedNumbers(countries: readonly string[] | null): ServedNumbers {
  const listed = countries && new Set(countries);

  return {
    serves(phone, { costs }) {
      const number = parsePhoneNumberFromString(phone);
      if (number === undefined || SATELLITE.test(phone) || isDear(number)) return false;
      if (listed === null) return !costs;
      return number.country !== undefined && listed.has(number.country);
    },
  };
}

function isDear(number: PhoneNumber): boolean {
  const type = number.getType();
  return type === 'PREMIUM_RATE' || type === 'SHARED_COST';
}
