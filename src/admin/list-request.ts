import { AppError } from '../errors.js';
import { readPaging } from '../http/query.js';
import { typedName } from '../typed/name.js';
import { wholeNumber } from '../typed/whole-number.js';

const MAX_QUERY = 100;
export const DEFAULT_PAGE_SIZE = 25;

/** `?page=&pageSize=`, both from 1. Throws bad_request naming the parameter. */
export function readPage(query: URLSearchParams): { page: number; pageSize: number } {
  const { page, size } = readPaging(
    query,
    { name: 'pageSize', otherwise: DEFAULT_PAGE_SIZE },
    (name, text) => {
      const number = wholeNumber(text);
      if (number === null) throw bad(`"${name}" must be a whole number from 1.`);
      return Math.min(number, Number.MAX_SAFE_INTEGER);
    },
  );
  return { page, pageSize: size };
}

/** The text as people see it. A NUL is invisible, and no database can store one: a text of nothing else is empty. */
export function plainText(text: string | null): string {
  return typedName((text ?? '').replaceAll('\0', ''));
}

/** What is searched for; throws bad_request when it is too long. */
export function searchText(text: string | null): string {
  const q = plainText(text);
  if (q.length > MAX_QUERY) throw bad(`"q" must have at most ${MAX_QUERY} characters.`);
  return q;
}

/** Which rows of how many a page shows: `first` and `last` count from 1. */
export function extent(
  shown: number,
  { page, pageSize, total }: Record<'page' | 'pageSize' | 'total', number>,
) {
  const first = shown === 0 ? 0 : (page - 1) * pageSize + 1;
  return {
    first,
    last: first === 0 ? 0 : first + shown - 1,
    pages: Math.max(1, Math.ceil(total / pageSize)),
  };
}

/** The list that is shown, with some parameters changed. */
export type Href = (change: Record<string, string | number | null>) => string;

/** The same list with some parameters changed; null takes one away. A changed filter starts at its first page. */
export function hrefOf(
  path: string,
  query: URLSearchParams,
  change: Record<string, string | number | null>,
): string {
  const next = new URLSearchParams(query);
  if (!('page' in change)) next.delete('page');
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, String(value));
  }
  return next.size === 0 ? path : `${path}?${next}`;
}

export function bad(message: string): AppError {
  return new AppError('bad_request', `Bad Request: ${message}`);
}

/** The message of a `bad_request`, without its heading; any other error is rethrown. */
export function problemOf(error: unknown): string {
  if (!(error instanceof AppError) || error.code !== 'bad_request') throw error;
  return error.message.replace(/^Bad Request: /, '');
}
