import type { Generated } from 'kysely';

/** The four documented sign-in APIs. */
export type Contract = 'phone' | 'whatsapp' | 'two-factor' | 'cookie';
/** Where codes are asked for: in a contract, or where people look after their own accounts. */
export type CodeDoor = Contract | 'account';

export interface UsersTable {
  id: string;
  contract: Contract;
  phone: string | null;
  email: string | null;
  email_verified_at: number | null;
  password_hash: string | null;
  two_factor_at: number | null;
  name: string | null;
  profile: string;
  token_epoch: Generated<number>;
  deactivated_at: number | null;
  created_at: number;
  updated_at: number;
  last_login_at: number | null;
  last_login_ip: string | null;
  phone_used_at: number | null;
  password_contact: string | null;
}

export interface RegistrationsTable {
  id: string;
  contract: Contract;
  contact: string;
  phone: string | null;
  email: string | null;
  password_hash: string | null;
  name: string | null;
  profile: string;
  created_at: number;
  verified_at: number | null;
  completed_at: number | null;
  expires_at: number;
  client: string | null;
  network: string | null;
}

export interface ChallengesTable {
  id: string;
  subject: string;
  purpose: string;
  contract: CodeDoor;
  client: string;
  cookie: string | null;
  network: string | null;
  registration: string | null;
  code_id: string;
  contact: string;
  code_hash: string;
  tries: number;
  opened_at: number;
  created_at: number;
  expires_at: number;
  consumed_at: number | null;
}

export interface ClientFailuresTable {
  subject: string;
  client: string;
  failures: number;
  blocked_until: number;
  failed_at: number;
}

export interface ClientSendsTable {
  contact: string;
  client: string;
  cooling_since: number;
  sent_1: number;
  sent_2: number;
  sent_3: number;
  sent_4: number;
  sent_5: number;
}

export interface SignInsTable {
  id: string;
  user_id: string;
  at: number;
  contract: Contract;
  proof: string;
  address: string;
}
