import { expect, it } from 'vitest';
import { typedEmail, typedEmailPart } from '../../src/typed/email.js';

it.each([
  ['  Asha@Example.COM ', 'asha@example.com'],
  ['\u202aasha@example.com\u202c', 'asha@example.com'],
  ['as\u200bha\u2060@exam\u00adple\ufeff.com', 'asha@example.com'],
  ['asha@exam\u200dple.com', 'asha@example.com'],
  ['asha＠example.com', 'asha@example.com'],
  ['asha＠ｅｘａｍｐｌｅ．com', 'asha@example.com'],
  ['asha@ПРИМЕР.рф', 'asha@xn--e1afmkfd.xn--p1ai'],
  ['asha@при\u202cмер.рф', 'asha@xn--e1afmkfd.xn--p1ai'],
  ['asha@xn--e1afmkfd.XN--P1AI', 'asha@xn--e1afmkfd.xn--p1ai'],
  ['user@example.xn--p1ai', 'user@example.xn--p1ai'],
  ['asha@bu\u0308cher.example', 'asha@xn--bcher-kva.example'],
  ['asha@Bücher.example', 'asha@xn--bcher-kva.example'],
  ['asha@straße.example', 'asha@xn--strae-oqa.example'],
  ['asha@例え。テスト', 'asha@xn--r8jz45g.xn--zckzah'],
  ['asha@مثال.إختبار', 'asha@xn--mgbh0fb.xn--kgbechtv'],
  // A non-joiner tells this name from the one without it.
  ['asha@نامه\u200cای.com', 'asha@xn--mgba3gch31f060k.com'],
  // This one joins nothing.
  ['asha@नी\u200dति.भारत', 'asha@xn--h2bh4ec.xn--h2brj9c'],
])('%j is %j', (typed, address) => {
  expect(typedEmail(typed)).toBe(address);
  expect(typedEmail(address)).toBe(address);
});

it.each([
  'o&m@example.com',
  "o'neil@example.com",
  '!#$%&*+-/=?^_`{|}~@example.com',
  'a+b.c_d@mail.example.co.uk',
  '-x-@example.com',
  '1@2.example.com',
  // As they were taken before.
  'asha@foo-.example.com',
  'asha@r3---sn.example.com',
  `${'a'.repeat(64)}@example.com`,
  `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}.com`,
])('%s is an address as it is', (address) => {
  expect(typedEmail(address)).toBe(address);
});

it.each([
  '',
  'asha',
  'asha@',
  '@example.com',
  'a b@example.com',
  'asha@exam ple.com',
  '.asha@example.com',
  'asha.@example.com',
  'as..ha@example.com',
  'asha@@example.com',
  'asha@home@example.com',
  'asha@example',
  'asha@example..com',
  'asha@example.com.',
  'asha@.example.com',
  'asha@-example.com',
  'asha@exa_mple.com',
  'asha@exa%6dple.com',
  'asha@example.com:25',
  'asha@192.0.2.1',
  'asha@0x7f.1',
  'asha@[192.0.2.1]',
  'asha@exam\u2010ple.com',
  'asha@i❤.ws',
  'asha@℡.com',
  'asha@xn--zz.рф',
  'asha@\u0301a.рф',
  '"asha"@example.com',
  '"as ha"@example.com',
  'jörg@example.com',
  'почта@пример.рф',
  'ａｓｈａ@example.com',
  // In lower case this is a k.
  '\u212aate@example.com',
  'a@example.com,b@example.com',
  'a@example.com\nBcc: b@example.com',
  'Asha <asha@example.com>',
  'mailto:asha@example.com',
  'a\0@example.com',
  `${'a'.repeat(65)}@example.com`,
  `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.com`,
  `asha@${'б'.repeat(60)}.рф`,
])('%j is none', (typed) => {
  expect(typedEmail(typed)).toBeNull();
});

it.each([
  ['@пример.рф', '@xn--e1afmkfd.xn--p1ai'],
  ['Asha@пример.рф', 'asha@xn--e1afmkfd.xn--p1ai'],
  ['пример.рф', 'xn--e1afmkfd.xn--p1ai'],
  ['asha@example.com', null],
  ['Иван', null],
  ['что-то. вот', null],
])('whoever looks for %j means %j', (typed, part) => {
  expect(typedEmailPart(typed)).toBe(part);
});
