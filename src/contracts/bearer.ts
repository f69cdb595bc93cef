import type { Request } from 'express';
import type { User } from '../auth/accounts/user.js';
import type { Door } from '../auth/door.js';
import { AppError } from '../errors.js';

/** The account of the request's `Authorization: Bearer …`. Rejects with token_invalid. */
export async function bearerUser({ tokens }: Pick<Door, 'tokens'>, req: Request): Promise<User> {
  const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
  const check = token === undefined ? null : await tokens.check(token);
  if (check?.kind === 'valid') return check.user;
  throw new AppError('token_invalid', 'Invalid or expired token');
}
