import { isIP } from 'node:net';
import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/** What a provider usually assigns to one customer. */
const IPV6_NETWORK_BITS = 64;

/**
 * The client's network address: IPv4, or IPv6 in its shortest form (RFC 5952). Some proxies add a port or brackets to
 * their entry in X-Forwarded-For, and an IPv4 address has many spellings as IPv6 (RFC 4291, 2.5.5.2): all of them are one
 * client. If an entry is not an address, the proxy's own counts.
 */
export function clientAddress(req: Pick<Request, 'ip' | 'socket'>): string {
  return canonicalAddress(req.ip) ?? canonicalAddress(req.socket.remoteAddress) ?? '';
}

/** The same for a decision about who may pass: null where a trusted proxy sent no address. */
export function certainAddress(req: Pick<Request, 'ip'>): string | null {
  return canonicalAddress(req.ip);
}

/** `203.0.113.10:443`, `[2001:db8::1]:443`, `::ffff:cb00:710a`, `fe80::1%eth0` …; null for anything else. */
export function canonicalAddress(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (isIP(text) === 4) return text;
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const [, inBrackets, withPort] = /^\[([^\]]*)\](?::\d*)?$|^([\d.]+):\d*$/.exec(bare) ?? [];
  const address = (inBrackets ?? withPort ?? bare).replace(/%.*$/, '');
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null;
  const { hostname } = new URL(`http://[${address}]`);
  return mappedIPv4(hostname.slice(1, -1)) ?? hostname.slice(1, -1);
}

/** An address as limits count it: IPv6 by its /64. */
export function networkOf(address: string): string {
  return ipKeyGenerator(address, IPV6_NETWORK_BITS);
}

function mappedIPv4(shortest: string): string | null {
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(shortest) ?? [];
  if (high === undefined || low === undefined) return null;
  return [high, low]
    .flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255])
    .join('.');
}
