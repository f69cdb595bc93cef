import { isIP } from 'node:net';

/** A network that an address is part of, and how many times the share of one address it has. */
export interface Network {
  key: string;
  times: number;
}

/**
 * IPv4: the address. IPv6: what a provider usually gives to one customer (/64), and, so that a line with many of these
 * gains little, the /56 and the /48 around it (RFC 6177).
 * @param address IPv4, or IPv6 in any spelling; anything else is a network of its own.
 */
export function networksOf(address: string): Network[] {
  if (isIP(address) !== 6) return [{ key: address, times: 1 }];
  const words = wordsOf(address);
  const firstBits = (bits: number) => {
    const kept = words.slice(0, Math.ceil(bits / 16));
    if (bits % 16) kept.push((kept.pop() ?? 0) & (0xffff << (16 - (bits % 16))));
    return `${kept.map((word) => word.toString(16)).join(':')}::/${bits}`;
  };
  return [
    { key: firstBits(64), times: 1 },
    { key: firstBits(56), times: 4 },
    { key: firstBits(48), times: 16 },
  ];
}

/** The network that counts as one client. */
export function networkOf(address: string): string {
  return networksOf(address)[0]?.key ?? address;
}

/** The first four of the eight words. */
function wordsOf(address: string): number[] {
  const bare = address.replace(/%.*$/, '').replace(/:\d+\.\d+\.\d+\.\d+$/, ':0:0');
  const [head = '', tail] = bare.split('::');
  const read = (text: string) =>
    text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
  const [before, after] = [read(head), read(tail ?? '')];
  const gap = tail === undefined ? [] : Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...gap, ...after].slice(0, 4);
}
