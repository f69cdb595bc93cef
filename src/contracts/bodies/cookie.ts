import * as z from 'zod';
import type { ContractRules } from '../../auth/rules.js';
import { codeField, emailField, nameField, newPasswordField, optional, phoneField } from '../fields.js';

/** What the cookie contract takes. @param defaultCountry whose national numbers are read (ISO 3166-1 alpha-2). */
export function cookieBodies(
  { codes, passwords }: Pick<ContractRules, 'codes' | 'passwords'>,
  defaultCountry: string,
) {
  const email = emailField('Please provide a valid email');
  return {
    signUp: z.object({
      email,
      password: newPasswordField(passwords, `Password must have at least ${passwords.min} characters`),
      username: nameField(1, 100, 'Username must be text of 1 to 100 characters'),
      phone: optional(phoneField(defaultCountry, 'Please provide a valid phone number')),
    }),
    onlyEmail: z.object({ email }),
    verification: z.object({ email, otp: codeField(codes.length, 'Invalid OTP. Please try again.') }),
  };
}
