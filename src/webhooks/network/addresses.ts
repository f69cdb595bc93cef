import { BlockList, isIPv4 } from 'node:net';

/**
 * Networks that lead to this machine, into its own network, or to nobody: the special-purpose registries of IANA (RFC 6890)
 * for IPv4; of IPv6 whatever is not global unicast (2000::/3), and the parts of that which carry something else.
 */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's host, which is asked from within a machine (learn.microsoft.com, "What is IP address 168.63.129.16?").
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Protocol assignments (Teredo among them), documentation, and 6to4, which may name any IPv4 address. */
const NOT_GLOBAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
const GLOBAL_V6 = ['2000::/3'];
/** RFC 6052: the last 32 bits are an IPv4 address, through which an IPv6 network reaches the others. */
const NAT64 = ['64:ff9b::/96'];

const privateV4 = listOf(PRIVATE_V4, 'ipv4');
const notGlobalV6 = listOf(NOT_GLOBAL_V6, 'ipv6');
const globalV6 = listOf(GLOBAL_V6, 'ipv6');
const nat64 = listOf(NAT64, 'ipv6');

/** Whether an IP address, without brackets, is one that anybody on the internet has. An IPv6 zone makes it none. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !privateV4.check(address, 'ipv4');
  if (address.includes('%')) return false;
  if (nat64.check(address, 'ipv6')) return isPublic(embeddedIn(address));
  return globalV6.check(address, 'ipv6') && !notGlobalV6.check(address, 'ipv6');
}

/** The IPv4 address in the last 32 bits. */
function embeddedIn(address: string): string {
  // The parser of URLs writes each part in hexadecimal and shortens zeros.
  const shown = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [high = '', low = ''] = shown.split(':').slice(-2);
  const bits = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)];
  return bits.flatMap((part) => [part >> 8, part & 255]).join('.');
}

function listOf(networks: string[], kind: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), kind);
  }
  return list;
}
