import { expect, it } from 'vitest';
import { contactKey, parseEmail, parsePhone } from '../../src/auth/contact.js';

it.each([
  '+6281234567890',
  '+62 812-3456-7890',
  '6281234567890',
  '62 812 3456 7890',
  ' +62 (812) 3456.7890 ',
])('%j is one number, with a country of one’s own and without', (spelling) => {
  expect(parsePhone(spelling, null)).toBe('+6281234567890');
  expect(parsePhone(spelling, 'IN')).toBe('+6281234567890');
});

it.each(['9108547263', '+919108547263', '919108547263', '09108547263', '91085 47263'])(
  '%j is one number in India',
  (spelling) => {
    expect(parsePhone(spelling, 'IN')).toBe('+919108547263');
  },
);

it('a national number needs its country', () => {
  expect(parsePhone('9876501234', 'IN')).toBe('+919876501234');
  expect(parsePhone('081234567890', null)).toBeNull();
});

it.each([
  '',
  '+',
  '12345',
  'not a number',
  '+62812345678⁹⁰',
  '+628123456789O',
  '+6281234567890½',
  '+62812345\n67890x',
  '+62 812 3456 7890 ext 5',
  `+${'1'.repeat(18)}`,
  `+62${' '.repeat(40)}81234567890`,
  '++6281234567890',
  '6+281234567890',
  null,
  undefined,
  6281234567890,
  ['+6281234567890'],
  { $ne: null },
])('%j is no number', (given) => {
  expect(parsePhone(given, 'IN')).toBeNull();
  expect(parsePhone(given, null)).toBeNull();
});

it('an address has one spelling', () => {
  expect(parseEmail('  Asha@Example.COM ')).toBe('asha@example.com');
  expect(contactKey({ kind: 'email', value: 'asha@example.com' })).toBe('email:asha@example.com');
});

it.each([
  '',
  'asha',
  'asha@',
  '@example.com',
  'a b@example.com',
  'a@example.com,b@example.com',
  'a@example.com\nBcc: b@example.com',
  'a\0@example.com',
  `${'a'.repeat(250)}@example.com`,
  null,
  7,
  ['asha@example.com'],
])('%j is no address', (given) => {
  expect(parseEmail(given)).toBeNull();
});
