import { expect, it } from 'vitest';
import { limitsInWords } from '../../src/callers/shown-key.js';

const words = (
  perMinute: number | null,
  perDay: number | null,
  perCountry: Record<string, number> = {},
  codesPerMinute: number | null = null,
  codesPerHour: number | null = null,
) =>
  limitsInWords({
    limits: {
      perMinute,
      codesPerMinute,
      codesPerHour,
      perDay,
      perCountry: new Map(Object.entries(perCountry)),
    },
  });

it.each([
  [words(null, null), 'only those of the server'],
  [words(1, null), '1 request a minute'],
  [words(60, 1_000), '60 requests a minute; 1,000 codes a day'],
  [words(null, null, { EG: 100, '*': 1 }), '100 codes a day to EG, 1 to any other country'],
  [words(null, 5, { '*': 1 }), '5 codes a day; 1 code a day to any other country'],
  [words(60, 1_000, {}, 1, 300), '60 requests a minute; 1 code a minute, 300 an hour, 1,000 a day'],
])('limits read as a sentence: %s', (said, expected) => {
  expect(said).toBe(expected);
});
