import type { Request } from 'express';
import type { Contract, UserRow } from '../../database/schema.js';
import type { Tokens } from '../auth/tokens.js';
import { AppError } from '../errors.js';

/** The account of the request's `Authorization: Bearer …`. Rejects with token_invalid. */
export async function bearerToken(tokens: Tokens, contract: Contract, req: Request): Promise<UserRow> {
  const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
  const check = token === undefined ? null : await tokens.check(contract, token);
  if (check?.kind === 'valid') return check.user;
  throw new AppError('token_invalid', 'Invalid or expired token');
}
