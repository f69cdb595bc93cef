import type { UserRow } from '../../database/schema.js';
import type { Gateway } from './harness.js';
import { NOW } from './jobs.js';

export const SECRET_HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA';
export const ASHA = '+6281234567890';
export const ASHA_EMAIL = 'asha.rao@example.com';

/** An account as a contract leaves it: a proven phone, an address that is only a label, a password. */
export function user(fields: Partial<UserRow> = {}): UserRow {
  return {
    id: 'asha',
    contract: 'whatsapp',
    phone: ASHA,
    email: ASHA_EMAIL,
    email_verified_at: null,
    password_hash: SECRET_HASH,
    two_factor_at: null,
    name: 'Asha Rao',
    profile: '{"role":"user","address":"12 Secret Lane"}',
    token_epoch: 0,
    deactivated_at: null,
    created_at: NOW,
    updated_at: NOW,
    last_login_at: NOW + 60_000,
    last_login_ip: '192.0.2.7',
    phone_used_at: NOW,
    password_contact: null,
    ...fields,
  };
}

export async function addUsers(gateway: Pick<Gateway, 'store'>, ...users: UserRow[]): Promise<void> {
  await gateway.store.insertInto('users').values(users).execute();
}

/** One for each contract, the oldest first; Caro came with Google. */
export async function fourUsers(gateway: Pick<Gateway, 'store'>): Promise<void> {
  const nothing = { phone: null, email: null, password_hash: null, last_login_at: null, last_login_ip: null };
  const caro = { id: 'caro', name: 'Caro', contract: 'cookie', email: 'caro@example.com' } as const;
  const dev = { id: 'dev', name: 'Dev', contract: 'two-factor', email: 'dev@example.com' } as const;
  await addUsers(
    gateway,
    user(),
    user({
      ...nothing,
      id: 'bert',
      name: null,
      contract: 'phone',
      phone: '+919876543210',
      created_at: NOW + 1,
    }),
    user({ ...nothing, ...caro, email_verified_at: NOW, created_at: NOW + 2 }),
    user({ ...nothing, ...dev, email_verified_at: NOW, two_factor_at: NOW, created_at: NOW + 3 }),
  );
  await gateway.store
    .insertInto('identities')
    .values({ issuer: 'https://accounts.google.com', subject: '1', user_id: 'caro', created_at: NOW })
    .execute();
}
