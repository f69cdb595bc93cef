import type { Request } from 'express';
import { invalidFields } from '../errors.js';
import { isBlank } from '../typed/invisible.js';

const LARGEST_PAGE = 100;

/** `?page=&limit=`: a page of at most, and by default, a hundred. Throws fields_invalid. */
export function pageOf(req: Request): { page: number; limit: number } {
  const query = new URL(req.originalUrl, 'http://localhost').searchParams;
  return {
    page: wholeNumber('page', query.get('page'), 1),
    limit: Math.min(LARGEST_PAGE, wholeNumber('limit', query.get('limit'), LARGEST_PAGE)),
  };
}

function wholeNumber(field: string, text: string | null, otherwise: number): number {
  if (text === null || isBlank(text)) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw invalidFields([{ field, message: `${field} must be a whole number from 1` }]);
}
