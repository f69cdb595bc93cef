import type { Request, RequestHandler, Response } from 'express';
import type { Client } from '../../auth/clients/client.js';
import type { Callers } from '../../callers/index.js';
import { AppError, invalidFields } from '../../errors.js';
import { ownField } from '../answer.js';
import { canonicalAddress, certainAddress, clientAddress } from '../client-address.js';
import { requestIdIn, requestIdOf } from '../requests/request-id.js';
import { shownKey } from './api-key.js';
import { type ClientCookie, clientCookie, hashOfCookie, setClientCookie } from './client-cookie.js';

const HEADER = 'X-Client-Address';

/**
 * Finds out who asks, before anything is counted. An app's own back end that shows its API key says for whom it asks, so
 * that all of its users are not one client; without a valid key what it says counts for nothing.
 */
export function knowClient(callers: Pick<Callers, 'identify'>): RequestHandler {
  return async (req, res, next) => {
    const cookie = clientCookie(req);
    const hash = hashOfCookie(cookie);
    const client: Omit<Client, 'named'> = {
      address: (await toldAddress(callers, req)) ?? clientAddress(req),
      cookie: cookie.isBrought ? hash : null,
      fresh: hash,
      requestId: requestIdOf(res),
    };
    res.locals.client = client;
    res.locals.clientCookie = cookie;
    next();
  };
}

/** Who asks. What an earlier answer called it comes back as a field of the body; anything else there counts for nothing. */
export function clientOf(res: Response): Client {
  const named = ['registration', 'challenge'].map((field) => ownField(res.req.body, field));
  const id = named.find((value) => typeof value === 'string');
  return { ...(res.locals.client as Omit<Client, 'named'>), named: typeof id === 'string' ? id : null };
}

/**
 * For answers after which the client comes back: it will be known by its cookie. Nothing is set where the client has asked
 * for more of what it began without one (`begins` false): it is known by its network.
 */
export function rememberClient(
  res: Response,
  { secure, begins }: { secure: boolean; begins: boolean },
): void {
  const cookie = res.locals.clientCookie as ClientCookie;
  if (begins || cookie.isBrought) setClientCookie(res, cookie, secure);
}

/** Null: nobody who may say so says so. Rejects with fields_invalid. */
async function toldAddress(callers: Pick<Callers, 'identify'>, req: Request): Promise<string | null> {
  const told = req.get(HEADER);
  const key = told === undefined ? null : shownKey(req);
  if (told === undefined || key === null) return null;
  const caller = await callerOfKey(callers, key, req);
  if (!caller?.scopes.has('otp:send')) return null;
  const address = canonicalAddress(told);
  if (address !== null) return address;
  throw invalidFields([{ field: HEADER, message: `${HEADER} must be an IPv4 or IPv6 address` }]);
}

/** Whose key this is; null: nobody's, or not to be used from there. */
export async function callerOfKey(callers: Pick<Callers, 'identify'>, key: string, req: Request) {
  try {
    return await callers.identify(key, () => certainAddress(req), requestIdIn(req));
  } catch (error) {
    if (error instanceof AppError && error.code === 'address_not_allowed') return null;
    throw error;
  }
}
