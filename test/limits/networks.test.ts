import { expect, it } from 'vitest';
import { networksOf } from '../../src/limits/networks.js';

it.each([
  ['192.0.2.7', ['192.0.2.7']],
  ['2001:db8:12:3456:789a::1', ['2001:db8:12:3456::/64', '2001:db8:12:3400::/56', '2001:db8:12::/48']],
  ['2001:db8::1', ['2001:db8:0:0::/64', '2001:db8:0:0::/56', '2001:db8:0::/48']],
  ['::1', ['0:0:0:0::/64', '0:0:0:0::/56', '0:0:0::/48']],
  ['fe80::1%eth0', ['fe80:0:0:0::/64', 'fe80:0:0:0::/56', 'fe80:0:0::/48']],
  ['64:ff9b::192.0.2.7', ['64:ff9b:0:0::/64', '64:ff9b:0:0::/56', '64:ff9b:0::/48']],
  ['', ['']],
])('%s counts by its networks', (address, keys) => {
  expect(networksOf(address).map(({ key }) => key)).toEqual(keys);
});

it('a wider network has more to give', () => {
  expect(networksOf('2001:db8::1').map(({ times }) => times)).toEqual([1, 4, 16]);
});
