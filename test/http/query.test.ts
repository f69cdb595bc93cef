import { describe, expect, it } from 'vitest';
import { jobNumber, queryOf, readPaging } from '../../src/http/query.js';
import { wholeNumber } from '../../src/typed/whole-number.js';

it('the parameters are those of the whole address', () => {
  const query = queryOf({ originalUrl: '/admin/jobs?q=a%20b&q=c' });
  expect(query.getAll('q')).toEqual(['a b', 'c']);
});

it.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740992', null],
  ['7', 7],
  ['seven', null],
])('a job with the number %s: %j', (text, number) => expect(jobNumber(text)).toBe(number));

describe('a page', () => {
  const read = (name: string, text: string) => {
    const number = wholeNumber(text);
    if (number === null) throw new Error(name);
    return number;
  };
  const page = (query: string) =>
    readPaging(new URLSearchParams(query), { name: 'limit', otherwise: 25 }, read);

  it.each([
    ['', { page: 1, size: 25 }],
    ['page=&limit=%20', { page: 1, size: 25 }],
    ['page=3&limit=7', { page: 3, size: 7 }],
    ['limit=1000', { page: 1, size: 100 }],
  ])('?%s', (query, expected) => expect(page(query)).toEqual(expected));

  it.each(['page', 'limit'])('of another %s is refused by its name', (name) =>
    expect(() => page(`${name}=x`)).toThrow(name),
  );
});
