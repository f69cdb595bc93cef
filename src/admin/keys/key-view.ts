import type { KeyView } from '../../callers/key-rows.js';
import { SCOPES, type Scope } from '../../callers/scopes.js';
import { limitsInWords, shownKey } from '../../callers/shown-key.js';
import type { TestNumber } from '../../callers/test-numbers.js';
import { isoOrNull } from '../../clock.js';
import { badge } from '../badges.js';

/** What each scope lets a key do. */
const SCOPE_WORDS: Record<Scope, string> = {
  'otp:send': 'ask for codes to be sent',
  'otp:read': 'ask what became of its own codes',
  verify: 'start and check verifications',
  hooks: 'hand over codes of an auth server',
  'webhooks:manage': 'manage its webhooks',
  'admin:read': 'read what operators see, such as the list of users',
};

/** What the form for a new key offers. */
export const SCOPE_CHOICES = SCOPES.map((scope) => ({ scope, words: SCOPE_WORDS[scope] }));
export const EXPIRIES = [
  { value: 'never', label: 'never' },
  { value: '7d', label: 'in 7 days' },
  { value: '30d', label: 'in 30 days' },
  { value: '90d', label: 'in 90 days' },
  { value: '365d', label: 'in a year' },
];

/** A line of the list. */
export function keyRow(key: KeyView) {
  return {
    ...shownKey(key),
    badge: badge(key.state),
    href: `/admin/keys/${encodeURIComponent(key.id)}`,
    may: key.scopes.join(', '),
  };
}

/** The same key on its own page. */
export function keyPage(key: KeyView) {
  return {
    ...shownKey(key),
    badge: badge(key.state),
    api: `/admin/api/keys/${encodeURIComponent(key.id)}`,
    canChange: key.state !== 'revoked',
    may: key.scopes.map((scope) => ({ scope, words: SCOPE_WORDS[scope] })),
    limits: limitsInWords(key),
    addresses: key.allowedIps?.join(', ') ?? 'any',
    returnTo: key.returnUrls?.join(', ') ?? '',
  };
}

/** A test number on the key's page, without its code. */
export function testRow({ contact, until }: TestNumber) {
  return { contact, until: isoOrNull(until) };
}
