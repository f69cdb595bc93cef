import type { RequestHandler, Response } from 'express';
import type { ProvenAccount } from '../../auth/accounts/proven.js';
import type { User } from '../../auth/accounts/user.js';
import { parseEmail } from '../../auth/contact.js';
import type { Door } from '../../auth/door.js';
import { AppError } from '../../errors.js';
import { clientOf } from '../../http/access/client.js';
import { answerJson, ownField } from '../../http/answer.js';
import { refuseUnknown } from '../../http/requests/known-fields.js';
import { isBlank } from '../../typed/invisible.js';
import { EVERYWHERE } from '../fields.js';
import type { Lookups } from '../lookups.js';
import { provenOf } from '../proven.js';
import type { TokenCookie } from './token-cookie.js';

/** Puts the token of a completed sign-in into the cookie, and nowhere else. Rejects like `Door.complete`. */
export type SignInWithCookie = (res: Response, account: ProvenAccount) => Promise<User>;

export function createSignInWithCookie(door: Pick<Door, 'from'>, cookie: TokenCookie): SignInWithCookie {
  return async (res, account) => {
    const { user, token } = await door.from(clientOf(res)).complete(account);
    cookie.set(res, token);
    return user;
  };
}

/** Signing in and out through the cookie contract, and what the token in the cookie gives access to. */
export function createCookieSession(deps: {
  door: Door<'cookie'>;
  lookups: Lookups;
  cookie: TokenCookie;
  signIn: SignInWithCookie;
}) {
  const { door, lookups, cookie } = deps;

  return {
    /** POST /login */
    login: (async (req, res) => {
      refuseUnknown(req, req.body, ['email', 'password', ...EVERYWHERE]);
      const address = ownField(req.body, 'email');
      const password = ownField(req.body, 'password');
      if (
        typeof address !== 'string' ||
        typeof password !== 'string' ||
        isBlank(address) ||
        password === ''
      ) {
        throw new AppError('credentials_missing', 'All fields are required');
      }
      const { signIn } = door.from(clientOf(res));
      const value = parseEmail(address);
      const account = await lookups.guard(
        clientOf(res),
        () => signIn.byPassword(address, password),
        async () => value !== null && (await signIn.isKnownHere({ kind: 'email', value })),
      );
      const user = await deps.signIn(res, account);
      answerJson(res, 201, { message: 'User logged in successfully', success: true, ...provenOf(user) });
    }) satisfies RequestHandler,

    /** POST /logout: the token is invalid from now on, whoever has a copy. */
    logout: (async (req, res) => {
      const token = cookie.of(req);
      if (token !== null) await door.tokens.revoke(token);
      cookie.clear(res);
      answerJson(res, 200, { message: 'User logged out successfully', success: true });
    }) satisfies RequestHandler,

    /** POST / */
    whoAmI: (async (req, res) => {
      const token = cookie.of(req);
      const check = token === null ? null : await door.tokens.check(token);
      answerJson(
        res,
        200,
        check?.kind === 'valid' ? { status: true, user: check.user.name } : { status: false },
      );
    }) satisfies RequestHandler,

    /** GET /protected */
    protected: (async (req, res) => {
      const token = cookie.of(req);
      if (token === null) throw new AppError('token_missing', 'No token.');
      const check = await door.tokens.check(token);
      if (check.kind === 'user_gone') throw new AppError('token_user_gone', 'The account is gone.');
      if (check.kind !== 'valid') throw new AppError('token_invalid', 'Invalid or expired token');
      const { id, name, email } = check.user;
      answerJson(res, 200, {
        success: true,
        message: 'Access granted to protected route',
        user: { id, username: name, email, ...provenOf(check.user) },
      });
    }) satisfies RequestHandler,
  };
}
