import { describe, expect, it } from 'vitest';
import { addressCheck, allowedAddress } from '../../src/callers/allowed-addresses.js';

it.each([
  ['192.0.2.7', '192.0.2.7'],
  [' 192.0.2.0/24 ', '192.0.2.0/24'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['192.0.2.7/032', '192.0.2.7/32'],
  ['2001:DB8:0:0::7', '2001:db8::7'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['::/0', '::/0'],
])('%s is written down as %s', (typed, written) => {
  expect(allowedAddress(typed)).toBe(written);
});

it.each([
  '',
  'localhost',
  '192.0.2',
  '192.0.2.256',
  '192.0.2.7/33',
  '192.0.2.7/-1',
  '192.0.2.7/',
  '192.0.2.7/24/24',
  '192.0.2.7:443',
  '2001:db8::/129',
  '[2001:db8::1]',
  '::ffff:192.0.2.7',
  '0:0:0:0:0:ffff:c000:207',
  '0::FFFF:0:0/96',
  '*',
])('%s is no address and no network', (typed) => {
  expect(allowedAddress(typed)).toBeNull();
});

describe('an address is allowed', () => {
  const isAllowed = addressCheck(['192.0.2.7', '198.51.100.0/24', '2001:db8:1::/48', '2001:db8:2::1']);

  it.each(['192.0.2.7', '198.51.100.0', '198.51.100.255', '2001:db8:1:ffff::9', '2001:db8:2::1'])(
    '%s, which is on the list or in a network of it',
    (address) => expect(isAllowed(address)).toBe(true),
  );

  it.each(['192.0.2.8', '198.51.101.0', '2001:db8:2::2', '2001:db8:3::1', '::1', '127.0.0.1', '', 'unknown'])(
    'not %s',
    (address) => expect(isAllowed(address)).toBe(false),
  );
});

it.each(['::/0', '::/8', '::/80'])('a network of IPv6 addresses holds no IPv4 address: %s', (network) => {
  expect(addressCheck([network])('192.0.2.7')).toBe(false);
  expect(addressCheck([network])('::7')).toBe(true);
});

it('no address is on an empty list', () => {
  expect(addressCheck([])('127.0.0.1')).toBe(false);
});
