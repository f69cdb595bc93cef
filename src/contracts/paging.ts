import type { Request } from 'express';
import { invalidFields } from '../errors.js';
import { queryOf, readPaging } from '../http/query.js';
import { wholeNumber } from '../typed/whole-number.js';

const MAX_NUMBER = 999_999_999;

/** `?page=&limit=`: a page of at most, and by default, a hundred. Throws fields_invalid. */
export function pageOf(req: Request): { page: number; limit: number } {
  const { page, size } = readPaging(queryOf(req), { name: 'limit', otherwise: 100 }, (field, text) => {
    const number = wholeNumber(text);
    if (number !== null && number <= MAX_NUMBER) return number;
    throw invalidFields([{ field, message: `${field} must be a whole number from 1` }]);
  });
  return { page, limit: size };
}
