import * as z from 'zod';
import type { ContractRules } from '../../auth/rules.js';
import { choiceField, codeField, nameField, phoneField } from '../fields.js';

const MAX_NAME = 100;

/** What the phone contract takes. @param defaultCountry whose national numbers are read (ISO 3166-1 alpha-2). */
export function phoneBodies({ codes }: Pick<ContractRules, 'codes'>, defaultCountry: string) {
  const phoneNumber = phoneField(defaultCountry, 'phoneNumber must be a valid phone number');
  return {
    registration: z.object({
      phoneNumber,
      name: nameField(1, MAX_NAME, `name must be text of 1 to ${MAX_NAME} characters`),
    }),
    login: z.object({ phoneNumber }),
    verification: z.object({
      phoneNumber,
      otp: codeField(codes.length, `otp must be a string of ${codes.length} digits`),
      mode: choiceField(['register', 'login'], 'mode must be "register" or "login"'),
    }),
  };
}
