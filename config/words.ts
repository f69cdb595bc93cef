import * as z from 'zod';
import { isBlank } from '../src/typed/invisible.js';

/** What people read. Each message follows the variable's name. */

/**
 * `{code}` and `{otp}` mean `{{code}}`, with one brace or two; the result has the two-brace names only. `\\n` stands
 * for a new line, for sources that have no other way to write one.
 */
export const messageTemplate = z
  .string()
  .max(1_000, 'must be at most 1000 characters long')
  .transform((text) =>
    text
      .replace(/\{\{\s*(?:code|otp)\s*\}\}|\{(?:code|otp)\}/gi, '{{code}}')
      .replace(
        /\{\{\s*(minutes|seconds)\s*\}\}|\{(minutes|seconds)\}/gi,
        (_, two, one) => `{{${(two ?? one).toLowerCase()}}}`,
      )
      .replaceAll('\\n', '\n'),
  )
  .refine((text) => text.includes('{{code}}'), 'must contain {{code}}, the place of the code')
  .refine(
    (text) => !/\{\{(?!(?:code|minutes|seconds)\}\})\s*\w+\s*\}\}/.test(text),
    'must have no other places than {{code}}, {{minutes}} and {{seconds}}',
  );

const MAX_APP_NAME = 25;

/** In the texts of codes; their length counts on it. */
export const appName = z
  .string()
  .refine((name) => !isBlank(name) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name), 'must be a name in one line')
  .refine((name) => [...name].length <= MAX_APP_NAME, `must be at most ${MAX_APP_NAME} characters long`)
  .refine((name) => !/:\/\/|^www\./i.test(name), 'must be a name, not a link');
