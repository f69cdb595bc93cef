import type { NumberMark } from '../../auth/accounts/number-marks.js';
import type { ListedUser } from '../../auth/accounts/users.js';
import { badge } from '../badges.js';
import { CONTRACTS } from '../callers/contract-words.js';
import { shownUser, shownWhole } from './shown-user.js';

type Shown = ReturnType<typeof shownUser>;

/** An account as a row of the list. */
export function userRow(user: ListedUser) {
  return withWords(shownUser(user));
}

/** An account as its own page shows it. */
export function userPage(found: ListedUser & { hasPassword: boolean }) {
  const shown = shownWhole(found);
  return { ...withWords(shown), emailVerifiedAt: shown.emailVerifiedAt, signsInWith: waysIn(shown) };
}

function withWords(user: Shown) {
  const contacts = contactsOf(user);
  const isActive = user.state === 'active';
  const lostNumber = user.lostNumber && { ...user.lostNumber, other: linkTo(user.lostNumber.other) };
  const wonNumbers = user.wonNumbers.map((won) => ({ ...won, other: linkTo(won.other) }));
  return {
    ...user,
    title: user.name || 'Without a name',
    href: hrefOf(user.id),
    api: `/admin/api/users/${encodeURIComponent(user.id)}`,
    contacts,
    whose: user.name || contacts.map(({ masked }) => masked).join(', '),
    isActive,
    badge: badge(isActive ? 'active' : 'deactivated'),
    lostNumber,
    wonNumbers,
    /** What the list says of the numbers that went from one account to another. */
    marks: [
      ...(lostNumber ? [`number went to ${lostNumber.other.name}`] : []),
      ...wonNumbers.map(({ other }) => `has the number of ${other.name}, too`),
    ],
    signedUp: `${CONTRACTS[user.contract] ?? user.contract} contract${user.google ? ', Google' : ''}`,
    /** It lost its number at the moment it was deactivated. */
    deactivatedWithNumber: user.lostNumber !== null && user.deactivatedAt === user.lostNumber.at,
  };
}

/** The other account of a number that went from one to the other. */
function linkTo(other: NumberMark['other']) {
  if (other === null) return { name: 'a user who is deleted now', href: null };
  return { name: other.name || 'another user', href: hrefOf(other.id) };
}

function hrefOf(id: string): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}

function contactsOf(user: Shown) {
  return [
    { kind: 'phone', label: 'Phone', masked: user.phone, verified: user.phoneVerified },
    { kind: 'email', label: 'E-mail', masked: user.email, verified: user.emailVerified },
  ].filter(({ masked }) => masked);
}

function waysIn(user: Shown & { hasPassword: boolean }): string {
  const ways: string[] = [];
  if (user.hasPassword) ways.push(user.twoFactor ? 'Password, then a code' : 'Password');
  if (!user.twoFactor && user.phone) ways.push(user.hasPassword ? 'code' : 'Code');
  if (user.google) ways.push('Google');
  return ways.join(' or ') || 'Nothing';
}
