import { expect, it } from 'vitest';
import { inWords } from '../../src/http/wait-words.js';

it.each([
  [0.2, '1 second'],
  [1, '1 second'],
  [45, '45 seconds'],
  [90, '90 seconds'],
  [91, '2 minutes'],
  [600, '10 minutes'],
  [5_400, '90 minutes'],
  [5_401, '2 hours'],
  [86_400, '24 hours'],
  [129_601, '2 days'],
])('%s seconds are %s', (seconds, words) => {
  expect(inWords(seconds)).toBe(words);
});
