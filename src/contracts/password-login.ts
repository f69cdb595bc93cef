import type { RequestHandler } from 'express';
import * as z from 'zod';
import type { ProvenAccount } from '../auth/accounts/proven.js';
import type { SignIn } from '../auth/sign-in.js';
import { addressKey } from '../http/access/rate-limits.js';
import { answerJson } from '../http/answer.js';
import { clientAddress } from '../http/client-address.js';
import { emailField, passwordField, valid } from './fields.js';

/**
 * POST /api/auth/login belongs to two contracts. The account decides which one answers, once its password was right: an
 * account with a second step gets no token here, whatever the order of the routes.
 */
export function passwordLogin(deps: {
  signIn: Pick<SignIn, 'byPassword'>;
  withToken: (account: ProvenAccount, address: string) => Promise<object>;
  withSecondStep: (account: ProvenAccount) => Promise<object>;
}): RequestHandler {
  const credentials = z.object({
    email: emailField('Please provide a valid email'),
    password: passwordField(1, 'Password is required'),
  });
  return async (req, res) => {
    const { email, password } = valid(credentials, req);
    const account = await deps.signIn.byPassword(email, password, addressKey(req));
    const answer = account.needsSecondStep
      ? await deps.withSecondStep(account)
      : await deps.withToken(account, clientAddress(req));
    answerJson(res, 200, answer);
  };
}
