import type { Request } from 'express';
import { invalidFields } from '../../errors.js';
import { canonicalAddress } from '../../http/client-address.js';

const TOLD_ADDRESS = 'X-Client-Address';

/** The person's, as the caller says; null: it does not say. Throws fields_invalid. */
export function addressOf(req: Request, clientIp: string | undefined): string | null {
  const told = req.get(TOLD_ADDRESS);
  if (clientIp !== undefined || told === undefined) return clientIp ?? null;
  const address = canonicalAddress(told);
  if (address !== null) return address;
  throw invalidFields([{ field: TOLD_ADDRESS, message: `${TOLD_ADDRESS} must be an IPv4 or IPv6 address` }]);
}
