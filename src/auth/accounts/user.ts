import type { Contract, UserRow } from '../../../database/schema.js';

/** What each contract keeps about a person beside name and contacts. */
export interface Profiles {
  phone: Record<string, never>;
  whatsapp: { role: string; address: string | null };
  'two-factor': { firstName: string; lastName: string };
  cookie: Record<string, never>;
}

/** An account as the rest of the product knows it: nothing that one could sign in with. Times in Unix ms. */
export interface User {
  id: string;
  /** Through which it was made; it may sign in through the others, too. */
  contract: Contract;
  /** E.164. A phone comes into an account by its code alone: it is proven. */
  phone: string | null;
  email: string | null;
  /** Null: nobody has proven the address, it is only a label. */
  emailVerifiedAt: number | null;
  name: string | null;
  /** As its own contract keeps it; put in by hand, it may lack anything. */
  profile: Partial<Profiles['whatsapp'] & Profiles['two-factor']>;
  /** It signs in with a password and a code, never with one of them. */
  twoFactor: boolean;
  deactivatedAt: number | null;
  createdAt: number;
  updatedAt: number;
  lastLoginAt: number | null;
  /** The network address of the last sign-in. */
  lastLoginAddress: string | null;
}

export function userOf(row: Omit<UserRow, 'password_hash' | 'token_epoch' | 'phone_used_at'>): User {
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

/** Empty where somebody has put in something else by hand: one account must not take a whole list with it. */
function profileOf(text: string): User['profile'] {
  try {
    return (JSON.parse(text) ?? {}) as User['profile'];
  } catch {
    return {};
  }
}
