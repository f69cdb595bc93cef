import type { NumberMark } from '../../auth/accounts/number-marks.js';
import type { FoundUser, UserWithIdentities } from '../../auth/accounts/users.js';
import { isoOrNull } from '../../http/answer.js';
import { maskEmail, maskPhone } from '../../log.js';

/** An account as lists show it: contacts masked, nothing that one could sign in with. */
export function shownUser(user: UserWithIdentities) {
  return {
    id: user.id,
    name: user.name,
    contract: user.contract,
    google: user.identities.length > 0,
    phone: user.phone && maskPhone(user.phone),
    email: user.email && maskEmail(user.email),
    // A phone comes into an account by its code alone.
    phoneVerified: user.phone !== null,
    emailVerified: user.email !== null && user.email_verified_at !== null,
    twoFactor: user.two_factor_at !== null,
    state: user.deactivated_at === null ? 'active' : 'deactivated',
    createdAt: isoOrNull(user.created_at),
    deactivatedAt: isoOrNull(user.deactivated_at),
    lastLoginAt: isoOrNull(user.last_login_at),
    lastLoginAddress: user.last_login_ip,
    lostNumber: user.lostNumber && shownMark(user.lostNumber),
    wonNumbers: user.wonNumbers.map(shownMark),
  };
}

function shownMark({ phone, at, other }: NumberMark) {
  return { phone: maskPhone(phone), at: isoOrNull(at), other };
}

/** The same account on its own page. */
export function shownWhole({ user, hasPassword, identities }: FoundUser) {
  return {
    ...shownUser({ ...user, identities }),
    hasPassword,
    identities,
    emailVerifiedAt: isoOrNull(user.email_verified_at),
    updatedAt: isoOrNull(user.updated_at),
  };
}

/** What tells accounts apart in the audit log without giving anybody away. */
export function maskedContact({ user }: FoundUser): string {
  if (user.phone !== null) return maskPhone(user.phone);
  return user.email === null ? 'without a contact' : maskEmail(user.email);
}
