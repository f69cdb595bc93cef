import { textOfCountries } from '../../callers/key-rows.js';
import type { KeyView } from '../../callers/keys.js';
import type { Scope } from '../../callers/scopes.js';
import { isoOrNull } from '../../http/answer.js';

/** What each scope lets a key do, as the dashboard says it. */
export const SCOPE_WORDS: Record<Scope, string> = {
  'otp:send': 'ask for codes to be sent',
  'otp:read': 'ask what became of its own codes',
  verify: 'start and check verifications',
  hooks: 'hand over codes of an auth server',
  'webhooks:manage': 'manage its webhooks',
  'admin:read': 'read what operators see, such as the list of users',
};

/** A key as the dashboard and its JSON show it: nothing of its secret. */
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
  };
}

/** "60 requests a minute, 1,000 codes a day, of them 100 to EG, 10 to each other country"; null: none. */
export function limitsInWords({ limits }: Pick<KeyView, 'limits'>): string | null {
  const { perMinute, perDay, perCountry } = limits;
  const number = (count: number) => count.toLocaleString('en');
  const countries = [...(perCountry ?? [])].map(([country, count]) =>
    country === '*' ? `${number(count)} to any other country` : `${number(count)} to ${country}`,
  );
  const words = [
    perMinute && `${number(perMinute)} ${perMinute === 1 ? 'request' : 'requests'} a minute`,
    perDay && `${number(perDay)} ${perDay === 1 ? 'code' : 'codes'} a day`,
    countries.length > 0 && `a day at most ${countries.join(', ')}`,
  ].filter(Boolean);
  return words.length === 0 ? null : words.join('; ');
}
