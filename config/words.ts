import * as z from 'zod';
import { typedTemplate } from '../src/typed/message-template.js';

/** What people read. Each message follows the variable's name. */

export const messageTemplate = z.string().transform((text, context) => {
  const read = typedTemplate(text);
  if ('template' in read) return read.template;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

const MAX_APP_NAME = 25;

/** In the texts of codes; their length counts on it. */
export const appName = z
  .string()
  .refine(
    (name) => /[\p{L}\p{N}]/u.test(name) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name),
    'must be a name in one line',
  )
  .refine((name) => [...name].length <= MAX_APP_NAME, `must be at most ${MAX_APP_NAME} characters long`)
  .refine((name) => !/:\/\/|^www\./i.test(name), 'must be a name, not a link');
