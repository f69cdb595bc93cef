import type { Contract, UserRow } from '../../../database/schema.js';

/** What each contract keeps about a person in addition to name and contacts. */
export interface Profiles {
  phone: Record<string, never>;
  whatsapp: { role: string; address: string | null };
  'two-factor': { firstName: string; lastName: string };
  cookie: Record<string, never>;
}

/** An account as the rest of the product sees it, without anything that could be used to sign in. Times in Unix ms. */
export interface User {
  id: string;
  /** The contract that created it; it may sign in through the others as well. */
  contract: Contract;
  /** E.164. A phone only gets into an account by its code, so it is proven. */
  phone: string | null;
  email: string | null;
  /** Null: the address was never proven, it is only a label. */
  emailVerifiedAt: number | null;
  name: string | null;
  /** As its own contract keeps it; in an account created by hand, anything may be missing. */
  profile: Partial<Profiles['whatsapp'] & Profiles['two-factor']>;
  /** It signs in with a password and a code, never with just one of them. */
  twoFactor: boolean;
  deactivatedAt: number | null;
  createdAt: number;
  updatedAt: number;
  lastLoginAt: number | null;
  /** The network address of the last sign-in. */
  lastLoginAddress: string | null;
}

export function userOf(
  row: Omit<UserRow, 'password_hash' | 'password_contact' | 'token_epoch' | 'phone_used_at'>,
): User {
  return {
    id: row.id,
    contract: row.contract,
    phone: row.phone,
    email: row.email,
    emailVerifiedAt: row.email_verified_at,
    name: row.name,
    profile: profileOf(row.profile),
    twoFactor: row.two_factor_at !== null,
    deactivatedAt: row.deactivated_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastLoginAt: row.last_login_at,
    lastLoginAddress: row.last_login_ip,
  };
}

/** Without what nobody has proven. A phone only gets into an account by its code. */
export function withoutLabel(user: User): User {
  return user.emailVerifiedAt === null ? { ...user, email: null } : user;
}

/** Empty where it was edited by hand into something else: one bad account must not break a whole list. */
function profileOf(text: string): User['profile'] {
  try {
    return (JSON.parse(text) ?? {}) as User['profile'];
  } catch {
    return {};
  }
}
