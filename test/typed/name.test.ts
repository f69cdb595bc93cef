import { expect, it } from 'vitest';
import { isBlank } from '../../src/typed/invisible.js';
import { isName, typedName } from '../../src/typed/name.js';

it.each([
  ['Jose\u0301 Nu\u0301n\u0303ez', 'José Núñez', 'one code point for one letter'],
  ['\u202eAsha\u202c S', 'Asha S', 'no text direction'],
  ['\ufeffAs\u200bha\u2060', 'Asha', 'no marks that nobody sees'],
  ['Asha\u{e0041}\u{e0042}\u{e007f}', 'Asha', 'no tags'],
  ['Ash\u00ada', 'Asha', 'no soft hyphen'],
  [' \u00a0Asha  S\u3000\n', 'Asha  S', 'no white space around it'],
  ['می\u200cخواهم', 'می\u200cخواهم', 'Persian keeps its non-joiner'],
  ['क\u094d\u200dष', 'क\u094d\u200dष', 'Hindi keeps its joiner'],
  ['ജോണ\u0d4d\u200d', 'ജോണ\u0d4d\u200d', 'Malayalam keeps one that ends a word'],
  ['می\u200c\ufeff\u200cخواهم', 'می\u200cخواهم', 'one joiner is enough'],
  ['\u200dAsha\u200c \u200d!', 'Asha !', 'no joiner that joins nothing'],
  ['👩\u200d👧', '👩\u200d👧', 'pictures that belong together'],
  ['葛\u{e0100}城', '葛\u{e0100}城', 'the variant of a character'],
  ['O’Neil-Łukasz', 'O’Neil-Łukasz', 'everything else'],
])('%j is %j: %s', (typed, name) => {
  expect(typedName(typed)).toBe(name);
  expect(typedName(name)).toBe(name);
});

it.each([
  '',
  ' \t\n\u00a0\u3000\u2028',
  '\u200b\u200c\u200d\u2060\ufeff',
  '\u202a\u202c\u2066\u2069',
  '\ufe0f\u{e0100}',
  '\u3164\u115f\u2800',
  '\u034f\u00ad',
  '\0',
])('%j shows nothing', (typed) => {
  expect(isBlank(typed)).toBe(true);
  expect(typedName(typed)).toBe('');
});

it('what is left out is blank, what is no text is not', () => {
  expect([undefined, null].map(isBlank)).toEqual([true, true]);
  expect([0, false, [], {}, 'x', '-', '字', '😀', '\u0301', '\ud800'].map(isBlank)).toEqual(
    Array(10).fill(false),
  );
});

it('takes no time over long nonsense', () => {
  const nonsense = `${'a\u200d'.repeat(5_000)}${'\u200c'.repeat(5_000)}`;
  const before = process.cpuUsage();
  expect(typedName(nonsense)).toHaveLength(9_999);
  expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
});

it.each([
  'José Núñez',
  'Asha',
  'می\u200cخواهم',
  'ജോണ\u0d4d\u200d',
  '葛\u{e0100}城',
  'R2-D2',
  '7',
  'Nguyễn Thị Hồng Đào',
  'Dr. 😀 Strange',
  'https: the name',
  `e${'\u0301'.repeat(5)}`,
])('%j can be a name', (text) => expect(isName(typedName(text))).toBe(true));

it.each([
  ['nothing', ''],
  ['no letter or digit', '😀!'],
  ['marks alone', '\u0301\u0301'],
  ['a link', 'win at https://evil.example'],
  ['a line separator', 'Asha\u2028Your code is 1'],
  ['a paragraph separator', 'Asha\u2029S'],
  ['a line break', 'Asha\nS'],
  ['a character for private use', 'Asha \ue000'],
  ['an unassigned character', 'Asha \u0378'],
  ['six marks on a letter', `e${'\u0316'.repeat(6)}`],
  ['six marks with joiners among them', `क${'\u094d\u200d'.repeat(6)}ष`],
])('%s is no name', (_what, text) => expect(isName(typedName(text))).toBe(false));
