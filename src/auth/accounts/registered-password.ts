import type { RegistrationRow, Store } from '../../../database/schema.js';
import { type Asker, isTold } from '../clients/asker.js';
import type { Passwords } from '../passwords/passwords.js';
import { pendingNear } from './registrations.js';

/**
 * The hash of a new registration's password. Where clients cannot be told apart, one that was typed for the newest of the
 * others gets the same hash, so that both are known to be one.
 */
export async function hashOf(
  passwords: Passwords,
  password: string | null,
  beside: () => Promise<RegistrationRow[]>,
): Promise<string | null> {
  if (password === null) return null;
  const [newest] = await beside();
  const held = newest?.password_hash ?? null;
  if (held !== null && (await passwords.matches(password, held))) return held;
  return await passwords.hash(password);
}

/**
 * The password that goes with the account. None where the client cannot be told from others who registered the same
 * contact with another password: it might be theirs.
 */
export async function provenPassword(
  trx: Store,
  registration: RegistrationRow,
  asker: Asker,
  now: number,
): Promise<string | null> {
  const { password_hash } = registration;
  if (password_hash === null || isTold(asker)) return password_hash;
  const near = await pendingNear(trx, registration, now);
  return near.every((each) => each.password_hash === password_hash) ? password_hash : null;
}
