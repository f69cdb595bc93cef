import { networkOf } from '../../limits/networks.js';

/** Who asks, as far as that can be told without knowing the person. */
export interface Client {
  /** IPv4, or IPv6 in its shortest form. */
  address: string;
  /** The hash of the cookie that it brought, which an earlier answer had set. */
  cookie: string | null;
  /** The hash of the cookie that it gets with the answer if it brought none. */
  fresh: string;
  /** The `X-Request-Id` of the answer. */
  requestId?: string;
  /** What it says an earlier answer called it: the id of a registration or of a challenge. */
  named: string | null;
}

/** What is counted and remembered per client where a cookie proves nothing: IPv6 by its /64, which one customer has. */
export function clientKey({ address }: Pick<Client, 'address'>): string {
  return networkOf(address);
}
