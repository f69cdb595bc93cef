import { expect, it } from 'vitest';
import { composeMessage, composeShape, generateCode, withSentence } from '../../src/otp/code.js';

it.each([4, 5, 6, 7, 8])('a code of %i digits has exactly so many, whatever it starts with', (length) => {
  const codes = Array.from({ length: 500 }, () => generateCode(length));
  expect(codes.filter((code) => !/^[0-9]+$/.test(code) || code.length !== length)).toEqual([]);
});

it('every digit is as likely as any other in every place, a leading zero included', () => {
  const drawn = 20_000;
  const seen = Array.from({ length: 4 }, () => new Array<number>(10).fill(0));
  for (let n = 0; n < drawn; n++) {
    for (const [place, digit] of [...generateCode(4)].entries()) {
      const counts = seen[place] ?? [];
      counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
    }
  }
  // Seven standard deviations: a fair generator leaves them once in ten thousand million runs.
  const tolerance = 7 * Math.sqrt(drawn * 0.1 * 0.9);
  expect(seen.flat().filter((count) => Math.abs(count - drawn / 10) > tolerance)).toEqual([]);
});

it('codes do not follow from each other', () => {
  const codes = Array.from({ length: 200 }, () => generateCode(8));
  expect(new Set(codes).size).toBeGreaterThan(195);
});

it('the message holds the code and the minutes wherever the template names them', () => {
  const template = '{{code}}: your code, valid for {{minutes}} min ({{code}}). $& stays $1.';
  expect(composeMessage(template, '0042', 300_000)).toBe(
    '0042: your code, valid for 5 min (0042). $& stays $1.',
  );
});

it('another sentence comes after the words, and before a line that browsers read', () => {
  const told = 'Your password was just used to sign in.';
  const plain = withSentence('Your code is {{code}}.', told);
  expect(composeMessage(plain, '004217', 300_000)).toBe(`Your code is 004217.\n\n${told}`);
  expect(composeShape(plain, 6, 300_000)).toBe(`Your code is ••••••.\n\n${told}`);
  const bound = withSentence('Your code is {{code}}.\n\n@example.com #{{code}}\n', told);
  expect(bound).toBe(`Your code is {{code}}.\n\n${told}\n\n@example.com #{{code}}`);
});

it('a life is told in seconds where the template says so', () => {
  expect(composeMessage('{{code}} {{seconds}}', '0042', 20_000)).toBe('0042 20');
  expect(composeMessage('{{code}} {{seconds}} {{minutes}}', '0042', 90_000)).toBe('0042 90 1');
  expect(composeMessage('{{code}} {{minutes}}', '0042', 40_000)).toBe('0042 1');
});
