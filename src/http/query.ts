import type { Request } from 'express';
import { isBlank } from '../typed/invisible.js';
import { wholeNumber } from '../typed/whole-number.js';

const MAX_PAGE_SIZE = 100;

/** The query parameters of the requested URL, also within a router. */
export function queryOf(req: Pick<Request, 'originalUrl'>): URLSearchParams {
  return new URL(req.originalUrl, 'http://localhost').searchParams;
}

/** A job's number from a URL, or null when no job can have it. */
export function jobNumber(text: unknown): number | null {
  const number = wholeNumber(text);
  return Number.isSafeInteger(number) ? number : null;
}

/**
 * `?page=&<sizeName>=`, the first page unless told otherwise, and never more than a hundred rows.
 * @param read reads a parameter that is present; throws if it is not a number.
 */
export function readPaging(
  query: URLSearchParams,
  size: { name: string; otherwise: number },
  read: (name: string, text: string) => number,
): { page: number; size: number } {
  const numberOf = (name: string, otherwise: number) => {
    const text = query.get(name);
    return text === null || isBlank(text) ? otherwise : read(name, text);
  };
  return { page: numberOf('page', 1), size: Math.min(MAX_PAGE_SIZE, numberOf(size.name, size.otherwise)) };
}
