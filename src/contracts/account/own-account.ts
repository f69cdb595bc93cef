import type { RequestHandler } from 'express';
import type { SelfService } from '../../auth/self-service/self-service.js';
import { invalidFields } from '../../errors.js';
import { clientOf } from '../../http/access/client.js';
import { answerJson } from '../../http/answer.js';
import { accountBodies } from '../bodies/account.js';
import type { TokenCookie } from '../cookie/token-cookie.js';
import { valid } from '../fields.js';
import { sendingCode } from '../kept-codes.js';
import { holderOf } from './token-holder.js';

/** For those who are signed in; comes after `requireToken`. A change ends the token that it came with. */
export function createOwnAccountDoors(deps: {
  selfService: SelfService;
  cookie: Pick<TokenCookie, 'clear'>;
  defaultCountry: string;
  /** Cookies go over HTTPS only. */
  secure: boolean;
}) {
  const { selfService, cookie } = deps;
  const { change } = accountBodies(selfService.rules, deps.defaultCountry);

  return {
    /** POST /account/password */
    changePassword: (async (req, res) => {
      const { currentPassword, code, newPassword } = valid(change, req);
      const by = proofOf(currentPassword ?? undefined, code);
      await selfService.from(clientOf(res)).changePassword(holderOf(res), by, newPassword);
      cookie.clear(res);
      answerJson(res, 200, { success: true, message: 'The password is changed. Please sign in again.' });
    }) satisfies RequestHandler,

    /** POST /account/password/code */
    sendCode: (async (_req, res) => {
      const remembered = { secure: deps.secure, begins: true };
      const { kind } = await sendingCode(
        res,
        remembered,
        () => ({}),
        () => selfService.from(clientOf(res)).sendCode(holderOf(res)),
      );
      const place = kind === 'phone' ? 'WhatsApp number' : 'email';
      answerJson(res, 200, { success: true, message: `A code was sent to your ${place}.` });
    }) satisfies RequestHandler,

    /** POST /account/sign-out-everywhere */
    signOutEverywhere: (async (_req, res) => {
      await selfService.from(clientOf(res)).endTokens(holderOf(res));
      cookie.clear(res);
      answerJson(res, 200, { success: true, message: 'You are signed out everywhere.' });
    }) satisfies RequestHandler,
  };
}

function proofOf(currentPassword: string | undefined, code: string | undefined) {
  if (currentPassword !== undefined && code === undefined) return { currentPassword };
  if (code !== undefined && currentPassword === undefined) return { code };
  throw invalidFields([
    { field: 'currentPassword', message: 'Either currentPassword or code is required, and not both' },
  ]);
}
