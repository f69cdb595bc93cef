import type { RequestHandler } from 'express';
import * as z from 'zod';
import type { UserRow } from '../../database/schema.js';
import type { Auth } from '../auth/index.js';
import { answerJson } from '../http/answer.js';
import { clientAddress } from '../http/client-address.js';
import { emailField, passwordField, valid } from './fields.js';

/**
 * POST /api/auth/login belongs to two contracts. Which one answers is decided by the account, once its password was
 * right: with a second step there is no token here, whatever the order of the routes.
 */
export function passwordLogin(deps: {
  auth: Auth;
  withToken: (user: UserRow, address: string) => Promise<object>;
  withSecondStep: (user: UserRow) => Promise<object>;
}): RequestHandler {
  const credentials = z.object({
    email: emailField('Please provide a valid email'),
    password: passwordField(1, 'Password is required'),
  });
  return async (req, res) => {
    const { email, password } = valid(credentials, req);
    const user = await deps.auth.signIn.byPassword(email, password, true);
    const answer =
      user.two_factor_at === null
        ? await deps.withToken(user, clientAddress(req))
        : await deps.withSecondStep(user);
    answerJson(res, 200, answer);
  };
}
