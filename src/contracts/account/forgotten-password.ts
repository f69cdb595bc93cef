import type { RequestHandler } from 'express';
import type { Contact } from '../../auth/contact.js';
import type { SelfService } from '../../auth/self-service/self-service.js';
import { invalidFields } from '../../errors.js';
import { clientOf, rememberClient } from '../../http/access/client.js';
import { answerJson } from '../../http/answer.js';
import { accountBodies } from '../bodies/account.js';
import { valid } from '../fields.js';

/** For those who cannot sign in: nobody learns here who has an account. */
export function createForgottenPasswordDoors(deps: {
  selfService: SelfService;
  defaultCountry: string;
  /** Cookies go over HTTPS only. */
  secure: boolean;
}) {
  const { selfService, secure } = deps;
  const { forgot, reset } = accountBodies(selfService.rules, deps.defaultCountry);

  return {
    /** POST /account/forgot */
    forgot: (async (req, res) => {
      const contact = contactIn(valid(forgot, req));
      const { userFirst } = await selfService.from(clientOf(res)).forgotten.sendCode(contact);
      rememberClient(res, { secure, begins: true });
      answerJson(res, 200, {
        success: true,
        message: 'If there is an account with this contact, a code is on its way.',
        ...(userFirst && { userFirst }),
      });
    }) satisfies RequestHandler,

    /** POST /account/reset */
    reset: (async (req, res) => {
      const { code, newPassword, ...fields } = valid(reset, req);
      await selfService.from(clientOf(res)).forgotten.reset(contactIn(fields), code, newPassword);
      answerJson(res, 200, { success: true, message: 'The password is changed. Please sign in with it.' });
    }) satisfies RequestHandler,
  };
}

function contactIn({ email, phone }: { email?: string | undefined; phone?: string | undefined }): Contact {
  if (email !== undefined && phone === undefined) return { kind: 'email', value: email };
  if (phone !== undefined && email === undefined) return { kind: 'phone', value: phone };
  throw invalidFields([{ field: 'email', message: 'Either email or phone is required, and not both' }]);
}
