import type { Request } from 'express';
import * as z from 'zod';
import { parseEmail, parsePhone } from '../auth/contact.js';
import { MAX_PASSWORD, type PasswordRules } from '../auth/passwords/new-password.js';

import { valid as validIn } from '../http/parse.js';
import { isBlank } from '../typed/invisible.js';
import { isName, typedName } from '../typed/name.js';
import { typedNumber } from '../typed/number.js';
import { typedPassword } from '../typed/password.js';

/** At every door: who asks, and the token of a CAPTCHA. */
export const EVERYWHERE = [
  'registration',
  'challenge',
  'captcha',
  'cf-turnstile-response',
  'h-captcha-response',
];

/** As `valid` of the other APIs. */
export function valid<T>(schema: z.ZodType<T>, req: Request): T {
  return validIn(schema, req, EVERYWHERE);
}

/** The fields that the contracts share: what they accept, and their messages for anything else. */
export function phoneField(country: string | null, message: string) {
  return z.string(message).transform((given, context) => {
    const phone = parsePhone(given, country);
    if (phone !== null) return phone;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

export function emailField(message: string) {
  return z.string(message).transform((given, context) => {
    const email = parseEmail(given);
    if (email !== null) return email;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** Text for people, of a limited length; without control characters except white space. */
export function textField(min: number, max: number, message: string) {
  return z
    .string(message)
    .transform(typedName)
    .pipe(
      z
        .string()
        .min(min, message)
        .max(max, message)
        .regex(/^(?:\P{Cc}|[\t\n\r])*$/u, message),
    );
}

/** What people or firms call themselves. */
export function nameField(min: number, max: number, message: string) {
  return textField(min, max, message).refine(isName, message);
}

/** One of a few words. */
export function choiceField<const T extends readonly [string, ...string[]]>(words: T, message: string) {
  return z.string(message).transform(typedName).pipe(z.enum(words, message));
}

/** A code of this many digits, however they are typed. */
export function codeField(length: number, message: string) {
  return z
    .string(message)
    .transform(typedNumber)
    .pipe(z.string().regex(new RegExp(`^[0-9]{${length}}$`), message));
}

/** Any text, not trimmed: every character of a password counts as one (NIST SP 800-63B-4, 3.1.1.2). */
export function passwordField(message: string) {
  return z.string(message).min(1, message);
}

/** @param message for one that is too short. The core looks at more than its length. */
export function newPasswordField({ min }: PasswordRules, message: string) {
  const lengthOf = (given: string) => [...typedPassword(given)].length;
  return z
    .string(message)
    .refine((given) => lengthOf(given) >= min, message)
    .refine(
      (given) => lengthOf(given) <= MAX_PASSWORD,
      `Password must have at most ${MAX_PASSWORD} characters`,
    );
}

/** A field that may be left out: missing, null, or blank. */
export function optional<T extends z.ZodType>(field: T) {
  return z.preprocess((given) => (isBlank(given) ? undefined : given), field.optional());
}
