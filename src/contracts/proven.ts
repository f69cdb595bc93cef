import type { User } from '../auth/accounts/user.js';

/** What an app may rely on, beside the documented fields: an address may be no more than somebody's claim. */
export function provenOf({ phone, email, emailVerifiedAt }: User) {
  return { email_verified: email !== null && emailVerifiedAt !== null, phone_verified: phone !== null };
}
