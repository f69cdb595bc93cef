import type { KeyView } from '../../callers/keys.js';
import { SCOPES } from '../../callers/scopes.js';
import { badge } from '../badges.js';
import { limitsInWords, SCOPE_WORDS, shownKey } from './shown-key.js';

/** What the form for a new key offers. */
export const SCOPE_CHOICES = SCOPES.map((scope) => ({ scope, words: SCOPE_WORDS[scope] }));
export const EXPIRIES = [
  { value: 'never', label: 'never' },
  { value: '7d', label: 'in 7 days' },
  { value: '30d', label: 'in 30 days' },
  { value: '90d', label: 'in 90 days' },
  { value: '365d', label: 'in a year' },
];
export const OVERLAPS = [
  { value: '24h', label: 'for 24 hours more' },
  { value: '1h', label: 'for an hour more' },
  { value: '7d', label: 'for 7 days more' },
  { value: '0', label: 'no longer' },
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
  };
}
