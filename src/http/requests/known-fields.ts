import type { Request } from 'express';
import { type FieldProblem, invalidFields } from '../../errors.js';
import { meantBy, shortened } from './field-names.js';

const MAX_NAMED = 20;

/**
 * Throws fields_invalid for fields that the request does not have, if it asks for that with `X-Strict: true`; else they are
 * ignored. To be called before anything else is checked: a misspelled field is why another one is missing.
 * @param body anything; what is no object has no fields.
 */
export function refuseUnknown(
  req: Partial<Pick<Request, 'headers'>>,
  body: unknown,
  fields: readonly string[],
): void {
  if (!/^\s*true\s*$/i.test(String(req.headers?.['x-strict'] ?? ''))) return;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
  const unknown = Object.keys(body).filter((name) => !fields.includes(name));
  if (unknown.length === 0) return;
  const [first = ''] = unknown;
  const meant = meantBy(first, fields);
  const hint = meant === null ? null : `The body has "${shortened(first)}": did you mean ${meant}?`;
  throw invalidFields(unknown.slice(0, MAX_NAMED).map(problemOf), hint);
}

function problemOf(name: string): FieldProblem {
  const field = shortened(name);
  return { field, message: `"${field}" is no field of this request` };
}
