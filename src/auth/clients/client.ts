import { networkOf } from '../../limits/networks.js';

/** Who asks, as far as that can be told without knowing the person. */
export interface Client {
  /** IPv4, or IPv6 in its shortest form. */
  address: string;
}

/** What is counted and remembered per client: IPv6 by its /64, which one customer has. */
export function clientKey({ address }: Client): string {
  return networkOf(address);
}
