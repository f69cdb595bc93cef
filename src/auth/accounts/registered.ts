import type { RegistrationRow, Store, UserRow } from '../../../database/schema.js';
import { createAccount } from './new-account.js';

/**
 * Creates the account of a registration whose code was entered. The code proves the contact that it was sent to; an
 * address in addition to a phone stays a label. Rejects like `createAccount`.
 */
export async function accountOf(
  trx: Store,
  registration: RegistrationRow,
  asks: { passwordHash: string | null; twoFactor: boolean },
  now: number,
): Promise<UserRow> {
  const { phone, email, profile } = registration;
  return await createAccount(
    trx,
    {
      ...registration,
      ...asks,
      emailProven: email !== null && phone === null,
      profile: JSON.parse(profile) as Record<string, unknown>,
    },
    now,
  );
}
