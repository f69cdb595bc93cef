import type { Request, RequestHandler, Response } from 'express';
import type { Client } from '../../auth/clients/client.js';
import type { Callers } from '../../callers/index.js';
import { AppError, invalidFields } from '../../errors.js';
import { canonicalAddress, certainAddress, clientAddress } from '../client-address.js';
import { shownKey } from './api-key.js';

const HEADER = 'X-Client-Address';

/**
 * Finds out who asks, before anything is counted. An app's own back end that shows its API key says for whom it asks, so
 * that all of its users are not one client; without a valid key what it says counts for nothing.
 */
export function knowClient(callers: Pick<Callers, 'identify'>): RequestHandler {
  return async (req, res, next) => {
    const client: Client = { address: (await toldAddress(callers, req)) ?? clientAddress(req) };
    res.locals.client = client;
    next();
  };
}

/** Who asks. */
export function clientOf(res: Response): Client {
  return res.locals.client as Client;
}

/** Null: nobody who may say so says so. Rejects with fields_invalid. */
async function toldAddress(callers: Pick<Callers, 'identify'>, req: Request): Promise<string | null> {
  const told = req.get(HEADER);
  const key = told === undefined ? null : shownKey(req);
  if (told === undefined || key === null) return null;
  const caller = await callerOfKey(callers, key, req);
  if (caller === null) return null;
  const address = canonicalAddress(told);
  if (address !== null) return address;
  throw invalidFields([{ field: HEADER, message: `${HEADER} must be an IPv4 or IPv6 address` }]);
}

async function callerOfKey(callers: Pick<Callers, 'identify'>, key: string, req: Request) {
  try {
    return await callers.identify(key, () => certainAddress(req));
  } catch (error) {
    if (error instanceof AppError && error.code === 'address_not_allowed') return null;
    throw error;
  }
}
