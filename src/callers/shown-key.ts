import { isoOrNull } from '../clock.js';
import type { CallerLimits } from './caller.js';
import { type KeyView, textOfCountries } from './key-rows.js';

/** A key as lists, pages and their JSON show it, without its secret. */
export function shownKey(key: KeyView) {
  const { perCountry, ...counts } = key.limits;
  return {
    id: key.id,
    name: key.name,
    state: key.state,
    scopes: key.scopes,
    allowedIps: key.allowedIps,
    ...counts,
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
    refusesSms: key.refusesSms,
    testsInProduction: key.testsInProduction,
  };
}

/** "60 requests a minute; 10 codes a minute, 1,000 a day; 100 codes a day to EG, 10 to any other country" */
export function limitsInWords({ limits }: Pick<KeyView, 'limits'>): string {
  const { perMinute, perCountry } = limits;
  const countries = [...(perCountry ?? [])].map(
    ([country, count], index) =>
      `${index === 0 ? `${counted(count, 'code')} a day` : count.toLocaleString('en')} to ${country === '*' ? 'any other country' : country}`,
  );
  const words = [
    perMinute === null ? '' : `${counted(perMinute, 'request')} a minute`,
    timesInWords(limits),
    countries.join(', '),
  ].filter((part) => part !== '');
  return words.length === 0 ? 'only those of the server' : words.join('; ');
}

function timesInWords({ codesPerMinute, codesPerHour, perDay }: CallerLimits): string {
  const times = [
    { count: codesPerMinute, time: 'a minute' },
    { count: codesPerHour, time: 'an hour' },
    { count: perDay, time: 'a day' },
  ];
  const parts = times.flatMap(({ count, time }) => (count === null ? [] : [{ count, time }]));
  return parts
    .map(({ count, time }, at) => `${at === 0 ? counted(count, 'code') : count.toLocaleString('en')} ${time}`)
    .join(', ');
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? what : `${what}s`}`;
}
