import { isoOrNull } from '../clock.js';
import { type KeyView, textOfCountries } from './key-rows.js';

/** A key as lists, pages and their JSON show it, without its secret. */
export function shownKey(key: KeyView) {
  const { perMinute, perDay, perCountry } = key.limits;
  return {
    id: key.id,
    name: key.name,
    state: key.state,
    scopes: key.scopes,
    allowedIps: key.allowedIps,
    perMinute,
    perDay,
    perCountry: perCountry && textOfCountries(perCountry),
    createdAt: isoOrNull(key.createdAt),
    createdBy: key.createdBy,
    rotatedAt: isoOrNull(key.rotatedAt),
    formerUntil: isoOrNull(key.formerUntil),
    expiresAt: isoOrNull(key.expiresAt),
    revokedAt: isoOrNull(key.revokedAt),
    lastUsedAt: isoOrNull(key.lastUsedAt),
    lastUsedIp: key.lastUsedIp,
    returnUrls: key.returnUrls,
    testsInProduction: key.testsInProduction,
  };
}

/** "60 requests a minute; 1,000 codes a day; 100 codes a day to EG, 10 to any other country" */
export function limitsInWords({ limits }: Pick<KeyView, 'limits'>): string {
  const { perMinute, perDay, perCountry } = limits;
  const countries = [...(perCountry ?? [])].map(
    ([country, count], index) =>
      `${index === 0 ? `${counted(count, 'code')} a day` : count.toLocaleString('en')} to ${country === '*' ? 'any other country' : country}`,
  );
  const words = [
    perMinute === null ? '' : `${counted(perMinute, 'request')} a minute`,
    perDay === null ? '' : `${counted(perDay, 'code')} a day`,
    countries.join(', '),
  ].filter((part) => part !== '');
  return words.length === 0 ? 'only those of the server' : words.join('; ');
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? what : `${what}s`}`;
}
