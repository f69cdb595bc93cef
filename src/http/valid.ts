import type { Request } from 'express';
import type * as z from 'zod';
import { invalidFields } from '../errors.js';

/**
 * The fields of a body; unknown ones are dropped. Throws fields_invalid with one problem per field, in the order of the
 * schema.
 */
export function valid<T>(schema: z.ZodType<T>, req: Pick<Request, 'body'>): T {
  const { body } = req;
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const result = schema.safeParse(isObject ? body : {});
  if (result.success) return result.data;
  const problems = new Map<string, string>();
  for (const issue of result.error.issues) {
    const field = String(issue.path[0] ?? '');
    if (!problems.has(field)) problems.set(field, issue.message);
  }
  throw invalidFields([...problems].map(([field, message]) => ({ field, message })));
}
