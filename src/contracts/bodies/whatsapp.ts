import * as z from 'zod';
import type { ContractRules } from '../../auth/rules.js';
import {
  choiceField,
  codeField,
  emailField,
  nameField,
  newPasswordField,
  optional,
  phoneField,
  textField,
} from '../fields.js';

/** What the whatsapp contract takes. */
export function whatsappBodies({ codes, passwords }: Pick<ContractRules, 'codes' | 'passwords'>) {
  const phone = phoneField(null, 'Please provide a valid phone number with country code');
  const otp = codeField(codes.length, `OTP must be ${codes.length} digits`);
  return {
    registration: z.object({
      email: emailField('Please provide a valid email'),
      password: newPasswordField(passwords, `Password must be at least ${passwords.min} characters long`),
      full_name: nameField(2, 100, 'Full name must be between 2 and 100 characters'),
      role: choiceField(['farmer', 'retailer'], 'Role must be either farmer or retailer'),
      phone,
      address: optional(textField(5, 500, 'Address must be between 5 and 500 characters')),
    }),
    onlyPhone: z.object({ phone }),
    verification: z.object({ phone, otp }),
  };
}
