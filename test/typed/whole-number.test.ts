import { expect, it } from 'vitest';
import { wholeNumber } from '../../src/typed/whole-number.js';

it.each([
  ['1', 1],
  ['250', 250],
  ['9007199254740993', 9_007_199_254_740_992],
  ['9'.repeat(400), Number.POSITIVE_INFINITY],
])('%s is a whole number', (text, number) => expect(wholeNumber(text)).toBe(number));

it.each(['', '0', '01', '-1', '+1', '1.0', '1e3', ' 1', '１', undefined, 1, ['1']])('%j is none', (text) =>
  expect(wholeNumber(text)).toBeNull(),
);
