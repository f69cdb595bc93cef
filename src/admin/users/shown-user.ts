import type { NumberMark } from '../../auth/accounts/number-marks.js';
import type { User } from '../../auth/accounts/user.js';
import type { ListedUser } from '../../auth/accounts/users.js';
import { isoOrNull } from '../../clock.js';
import { maskEmail, maskPhone } from '../../log.js';

/** An account as lists show it: contacts masked, and nothing that could be used to sign in. */
export function shownUser(user: ListedUser) {
  return {
    id: user.id,
    name: user.name,
    contract: user.contract,
    google: user.identities.length > 0,
    phone: user.phone && maskPhone(user.phone),
    email: user.email && maskEmail(user.email),
    phoneVerified: user.phone !== null,
    emailVerified: user.email !== null && user.emailVerifiedAt !== null,
    twoFactor: user.twoFactor,
    state: user.deactivatedAt === null ? 'active' : 'deactivated',
    createdAt: isoOrNull(user.createdAt),
    deactivatedAt: isoOrNull(user.deactivatedAt),
    lastLoginAt: isoOrNull(user.lastLoginAt),
    lastLoginAddress: user.lastLoginAddress,
    lostNumber: user.lostNumber && shownMark(user.lostNumber),
    wonNumbers: user.wonNumbers.map(shownMark),
  };
}

function shownMark({ phone, at, other }: NumberMark) {
  return { phone: maskPhone(phone), at: isoOrNull(at), other };
}

/** The same account on its own page. */
export function shownWhole(user: ListedUser & { hasPassword: boolean }) {
  return {
    ...shownUser(user),
    hasPassword: user.hasPassword,
    identities: user.identities,
    emailVerifiedAt: isoOrNull(user.emailVerifiedAt),
    updatedAt: isoOrNull(user.updatedAt),
  };
}

/** Tells accounts apart in the audit log without revealing anybody's contact. */
export function maskedContact(user: User): string {
  if (user.phone !== null) return maskPhone(user.phone);
  return user.email === null ? 'without a contact' : maskEmail(user.email);
}
