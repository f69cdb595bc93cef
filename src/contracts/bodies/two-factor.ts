import * as z from 'zod';
import type { ContractRules } from '../../auth/rules.js';
import {
  codeField,
  emailField,
  nameField,
  newPasswordField,
  optional,
  phoneField,
  textField,
} from '../fields.js';

/** What the two-factor contract takes. @param defaultCountry whose national numbers are read (ISO 3166-1 alpha-2). */
export function twoFactorBodies(
  { codes, passwords }: Pick<ContractRules, 'codes' | 'passwords'>,
  defaultCountry: string,
) {
  const name = (field: string) => nameField(1, 100, `${field} must be text of 1 to 100 characters`);
  const email = emailField('Please provide a valid email');
  const userId = textField(1, 100, 'userId is required');
  const otp = codeField(codes.length, `OTP must be ${codes.length} digits`);
  return {
    start: z.object({
      firstName: name('firstName'),
      lastName: name('lastName'),
      email,
      phone: optional(phoneField(defaultCountry, 'Please provide a valid phone number')),
    }),
    onlyEmail: z.object({ email }),
    onlyUser: z.object({ userId }),
    verification: z.object({ userId, otp }),
    completion: z.object({
      userId,
      password: newPasswordField(passwords, `Password must have at least ${passwords.min} characters`),
    }),
  };
}
