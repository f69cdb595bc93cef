import { describe, expect, it } from 'vitest';
import { canonicalAddress, clientAddress } from '../../src/http/client-address.js';

describe('the address of a client', () => {
  it.each([
    '203.0.113.10',
    ' 203.0.113.10 ',
    '203.0.113.10:40001',
    '203.0.113.10:',
    '"203.0.113.10:40001"',
    '::ffff:203.0.113.10',
    '::FFFF:203.0.113.10',
    '::ffff:cb00:710a',
    '0:0:0:0:0:ffff:cb00:710a',
    '0000:0000:0000:0000:0000:FFFF:203.0.113.10',
    '[::ffff:203.0.113.10]:40001',
    '[::ffff:cb00:710a]',
  ])('IPv4 is one, however a proxy writes it: %s', (spelling) => {
    expect(canonicalAddress(spelling)).toBe('203.0.113.10');
  });

  it.each([
    '2001:db8::1',
    '2001:DB8:0:0:0:0:0:1',
    '[2001:db8::1]',
    '[2001:db8::1]:40001',
    '"[2001:db8:0::1]:40001"',
    '2001:db8::1%eth0',
    '[2001:db8::1%25eth0]:1',
  ])('so is IPv6: %s', (spelling) => {
    expect(canonicalAddress(spelling)).toBe('2001:db8::1');
  });

  it.each([
    '',
    'unknown',
    '_hidden',
    'localhost',
    '203.0.113',
    '1.2.3.4.5:6',
    '[203.0.113.10',
    'a:b:c',
    '999.1.1.1',
  ])('%j is none, and counts as the proxy that sent it', (text) => {
    expect(canonicalAddress(text)).toBeNull();
    const socket = { remoteAddress: '::ffff:192.0.2.1' };
    expect(clientAddress({ ip: text, socket } as Parameters<typeof clientAddress>[0])).toBe('192.0.2.1');
  });
});
