import type { UserRow } from '../../../database/schema.js';
import { AppError } from '../../errors.js';
import type { Contact } from '../contact.js';

/** Where codes for an account go: to its phone, else to its proven address. Throws account_inactive when it has neither. */
export function codeContact({
  phone,
  email,
  email_verified_at,
}: Pick<UserRow, 'phone' | 'email' | 'email_verified_at'>): Contact {
  if (phone !== null) return { kind: 'phone', value: phone };
  if (email !== null && email_verified_at !== null) return { kind: 'email', value: email };
  throw new AppError('account_inactive', 'This account has no contact that a code could be sent to.');
}
