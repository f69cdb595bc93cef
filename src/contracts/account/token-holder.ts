import type { Request, RequestHandler, Response } from 'express';
import type { Auth } from '../../auth/index.js';
import type { Holder } from '../../auth/self-service/own-account.js';
import { AppError } from '../../errors.js';
import { bearerToken } from '../bearer.js';
import type { TokenCookie } from '../cookie/token-cookie.js';

const CONTRACTS = ['phone', 'whatsapp', 'two-factor', 'cookie'] as const;

/**
 * Lets a request pass that carries a token of any contract: as a bearer, or else in the cookie, which must come from our own
 * pages. `holderOf` then returns whose it is. Rejects with token_invalid, or as `ownSite` does.
 */
export function requireToken(deps: {
  auth: Pick<Auth, 'for'>;
  cookie: Pick<TokenCookie, 'of'>;
  ownSite: RequestHandler;
}): RequestHandler[] {
  const { cookie, ownSite } = deps;
  const doors = CONTRACTS.map((contract) => deps.auth.for(contract));

  async function holderWith(token: string): Promise<Holder | null> {
    for (const { tokens } of doors) {
      const check = await tokens.check(token);
      if (check.kind === 'valid') return { id: check.user.id, epoch: check.epoch };
    }
    return null;
  }

  const isByCookie = (req: Request) => bearerToken(req) === null && cookie.of(req) !== null;
  return [
    (req, res, next) => (isByCookie(req) ? ownSite(req, res, next) : next()),
    async (req, res, next) => {
      const token = bearerToken(req) ?? cookie.of(req);
      const holder = token === null ? null : await holderWith(token);
      if (!holder) throw new AppError('token_invalid', 'Invalid or expired token');
      res.locals.holder = holder;
      next();
    },
  ];
}

export function holderOf(res: Response): Holder {
  return res.locals.holder as Holder;
}
