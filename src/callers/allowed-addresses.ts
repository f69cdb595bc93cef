import { BlockList, isIP } from 'node:net';

/**
 * An address or a network (CIDR) in its stored form, IPv6 in its shortest; null for anything else. IPv4-mapped IPv6
 * addresses are refused: requests show such clients as IPv4.
 */
export function allowedAddress(text: string): string | null {
  const [, address = '', prefix] = /^([\d.]+|[\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text.trim()) ?? [];
  const family = isIP(address);
  if (family === 0) return null;
  const bits = family === 4 ? 32 : 128;
  if (prefix !== undefined && Number(prefix) > bits) return null;
  const shortest = family === 4 ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
  if (shortest.startsWith('::ffff:')) return null;
  return prefix === undefined ? shortest : `${shortest}/${Number(prefix)}`;
}

/** Whether an address is on the list or in one of its networks. @param list as `allowedAddress` writes them. */
export function addressCheck(list: readonly string[]): (address: string) => boolean {
  // In one list, IPv6 networks such as ::/8 would hold every IPv4 address, as an IPv4-mapped one.
  const allowed = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of list) {
    const [address = '', prefix] = entry.split('/');
    const family = familyOf(address);
    if (prefix === undefined) allowed[family].addAddress(address, family);
    else allowed[family].addSubnet(address, Number(prefix), family);
  }
  return (address) => isIP(address) !== 0 && allowed[familyOf(address)].check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
