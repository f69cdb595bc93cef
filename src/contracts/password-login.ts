import type { RequestHandler } from 'express';
import type { ProvenAccount } from '../auth/accounts/proven.js';
import type { Client } from '../auth/clients/client.js';
import type { Door } from '../auth/door.js';
import { clientOf, rememberClient } from '../http/access/client.js';
import { answerJson } from '../http/answer.js';
import { credentials } from './bodies/password-login.js';
import { valid } from './fields.js';

/**
 * POST /api/auth/login belongs to two contracts. The account decides which one answers, once its password was right: an
 * account with a second step gets no token here, whatever the order of the routes.
 */
export function passwordLogin(deps: {
  door: Pick<Door, 'from'>;
  /** Cookies go over HTTPS only. */
  secure: boolean;
  withToken: (account: ProvenAccount, client: Client) => Promise<object>;
  withSecondStep: (account: ProvenAccount, client: Client) => Promise<object>;
}): RequestHandler {
  return async (req, res) => {
    const { email, password } = valid(credentials, req);
    const client = clientOf(res);
    const account = await deps.door.from(client).signIn.byPassword(email, password);
    if (account.needsSecondStep) rememberClient(res, { secure: deps.secure, begins: true });
    const answer = account.needsSecondStep
      ? await deps.withSecondStep(account, client)
      : await deps.withToken(account, client);
    answerJson(res, 200, answer);
  };
}
