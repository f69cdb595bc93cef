import type { ListedUser } from '../../auth/accounts/users.js';
import { shownUser, shownWhole } from './shown-user.js';

const CONTRACTS: Record<string, string> = {
  phone: 'Phone',
  whatsapp: 'WhatsApp',
  'two-factor': 'Two-factor',
  cookie: 'Cookie',
};

type Shown = ReturnType<typeof shownUser>;

/** An account as a row of the list. */
export function userRow(user: ListedUser) {
  return withWords(shownUser(user));
}

/** An account as its own page shows it. */
export function userPage(user: ListedUser & { hasPassword: boolean }) {
  const shown = shownWhole(user);
  return { ...withWords(shown), emailVerifiedAt: shown.emailVerifiedAt, signsInWith: waysIn(shown) };
}

function withWords(user: Shown) {
  const contacts = contactsOf(user);
  const path = encodeURIComponent(user.id);
  return {
    ...user,
    title: user.name || 'Without a name',
    href: `/admin/users/${path}`,
    api: `/admin/api/users/${path}`,
    contacts,
    whose: user.name || contacts.map(({ masked }) => masked).join(', '),
    isActive: user.state === 'active',
    signedUp: `${CONTRACTS[user.contract] ?? user.contract} contract${user.google ? ', Google' : ''}`,
    /** It lost its number at the moment it was deactivated. */
    deactivatedWithNumber: user.lostNumber !== null && user.deactivatedAt === user.lostNumber.at,
  };
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
