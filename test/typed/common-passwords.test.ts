import { dictionary } from '@zxcvbn-ts/language-common';
import { expect, it } from 'vitest';
import { COMMON_PASSWORDS } from '../../src/typed/common-password-list.js';
import { isCommon } from '../../src/typed/common-passwords.js';

it('the list is the beginning of the one that it comes from', () => {
  const passwords = COMMON_PASSWORDS.split(' ');
  expect(passwords).toEqual(dictionary['passwords-common'].slice(0, 10_000));
  expect(passwords.filter((password) => !isCommon(password, 10_000))).toEqual([]);
});

it.each(['123456', 'password', 'Password', 'QWERTY', 'secret'])(
  '%s is among the 100 commonest',
  (password) => {
    expect(isCommon(password, 100)).toBe(true);
    expect(isCommon(password, 10_000)).toBe(true);
  },
);

it.each(['test123', 'password123', 'admin'])('%s is common, though not among the first 100', (password) => {
  expect(isCommon(password, 100)).toBe(false);
  expect(isCommon(password, 10_000)).toBe(true);
});

it.each(['asd@123', 'Test123!', 'StrongPassword123', 'securepass123', 'correct horse battery', ''])(
  '%s is not common',
  (password) => expect(isCommon(password, 10_000)).toBe(false),
);
