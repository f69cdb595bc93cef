import * as z from 'zod';
import type { ContractRules } from '../../auth/rules.js';
import { codeField, emailField, optional, passwordField, phoneField } from '../fields.js';

/** What people send who look after their own account. @param defaultCountry whose national numbers are read. */
export function accountBodies({ codes: { length } }: Pick<ContractRules, 'codes'>, defaultCountry: string) {
  const contact = {
    email: optional(emailField('Please provide a valid email')),
    phone: optional(phoneField(defaultCountry, 'Please provide a valid phone number')),
  };
  const badCode = `code must be a text of ${length} digits`;
  const newPassword = passwordField('newPassword is required');
  return {
    change: z.object({
      currentPassword: passwordField('currentPassword must be text').nullish(),
      code: optional(codeField(length, badCode)),
      newPassword,
    }),
    forgot: z.object(contact),
    reset: z.object({ ...contact, code: codeField(length, badCode), newPassword }),
  };
}
