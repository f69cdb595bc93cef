import type { Request } from 'express';
import { areCodesCounted, type Caller } from '../../callers/caller.js';
import type { Callers } from '../../callers/index.js';
import { invalidFields } from '../../errors.js';
import { canonicalAddress } from '../../http/client-address.js';

const TOLD_ADDRESS = 'X-Client-Address';

/** Counts the codes of a key that has a limit of them; null: it has none. */
export function admitOf(callers: Pick<Callers, 'countCode'>, caller: Caller, to: string) {
  return areCodesCounted(caller) ? () => callers.countCode(caller, to) : null;
}

/** The person's, as the caller says; null: it does not say. Throws fields_invalid. */
export function addressOf(req: Request, clientIp: string | undefined): string | null {
  const told = req.get(TOLD_ADDRESS);
  if (clientIp !== undefined || told === undefined) return clientIp ?? null;
  const address = canonicalAddress(told);
  if (address !== null) return address;
  throw invalidFields([{ field: TOLD_ADDRESS, message: `${TOLD_ADDRESS} must be an IPv4 or IPv6 address` }]);
}
