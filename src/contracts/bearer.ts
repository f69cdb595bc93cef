import type { Request } from 'express';
import type { User } from '../auth/accounts/user.js';
import type { Door } from '../auth/door.js';
import { AppError } from '../errors.js';

/** The token of the request's `Authorization: Bearer …`, or null. */
export function bearerToken(req: Request): string | null {
  return /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? null;
}

/** The account of the request's bearer token. Rejects with token_invalid. */
export async function bearerUser({ tokens }: Pick<Door, 'tokens'>, req: Request): Promise<User> {
  const token = bearerToken(req);
  const check = token === null ? null : await tokens.check(token);
  if (check?.kind === 'valid') return check.user;
  throw new AppError('token_invalid', 'Invalid or expired token');
}
