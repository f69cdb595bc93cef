import type { RequestHandler, Response } from 'express';
import type { ProvenAccount } from '../auth/accounts/proven.js';
import type { Client } from '../auth/clients/client.js';
import type { Contact } from '../auth/contact.js';
import type { Auth } from '../auth/index.js';
import { clientOf } from '../http/access/client.js';
import { answerJson } from '../http/answer.js';
import { type ContractErrors, failure, validationFailed } from './answers.js';
import { bearerUser } from './bearer.js';
import { twoFactorBodies } from './bodies/two-factor.js';
import { valid } from './fields.js';
import { leadingOn, sendingCode } from './kept-codes.js';
import type { Lookups } from './lookups.js';
import { provenOf } from './proven.js';

/** The two-factor contract: registration in three steps, then a password and a code. */
export const twoFactorErrors: ContractErrors = {
  known: {
    email_taken: failure(409, 'Email already registered'),
    phone_taken: failure(409, 'Phone number already registered'),
    registration_unknown: failure(404, 'Registration not found'),
    registration_unverified: failure(400, 'Email not verified'),
    registration_completed: failure(400, 'Account already completed'),
    code_invalid: failure(400, 'Invalid OTP'),
    code_expired: failure(400, 'OTP expired'),
    credentials_wrong: failure(401, 'Invalid email or password'),
    uses_google: failure(401, 'Invalid email or password'),
    account_inactive: failure(403, 'Account inactive'),
    token_invalid: failure(401, 'Invalid or expired token'),
  },
  alike: { uses_google: 'credentials_wrong' },
  other: (message) => ({ success: false, message }),
  invalid: validationFailed,
};

export function createTwoFactorContract(deps: { auth: Auth; lookups: Lookups }) {
  const { auth, lookups } = deps;
  const { defaultCountry, production: secure } = auth.settings;
  const door = auth.for('two-factor');
  const from = (res: Response) => door.from(clientOf(res));
  const { start, onlyEmail, onlyUser, verification, completion } = twoFactorBodies(
    door.rules,
    defaultCountry,
  );
  const sentTo = ({ kind }: Contact) =>
    kind === 'phone' ? 'OTP sent to your WhatsApp number' : 'OTP sent to your email';

  return {
    /** POST /api/auth/register/start: every call is a separate registration with an unguessable id. */
    start: (async (req, res) => {
      const fields = valid(start, req);
      const leadOn = (id: string) => ({ data: { userId: id, email: fields.email }, registration: id });
      const { id, contact } = await sendingCode(res, { secure, begins: true }, leadOn, () =>
        lookups.guard(clientOf(res), () =>
          from(res).signUp.start({
            phone: fields.phone ?? null,
            email: fields.email,
            password: null,
            name: `${fields.firstName} ${fields.lastName}`,
            profile: { firstName: fields.firstName, lastName: fields.lastName },
          }),
        ),
      );
      answerJson(res, 200, { success: true, message: sentTo(contact), ...leadOn(id) });
    }) satisfies RequestHandler,

    /** POST /api/auth/register/verify-otp */
    verify: (async (req, res) => {
      const fields = valid(verification, req);
      const proven = await from(res).signUp.verify(fields.userId, fields.otp);
      const what = proven === 'phone' ? 'Phone number' : 'Email';
      answerJson(res, 200, { success: true, message: `${what} verified successfully` });
    }) satisfies RequestHandler,

    /** POST /api/auth/register/resend-otp */
    resend: (async (req, res) => {
      const fields = valid(onlyEmail, req);
      const leadOn = (registration: string) => ({ registration });
      const { id } = await sendingCode(res, { secure, begins: false }, leadOn, () =>
        lookups.guard(clientOf(res), () => from(res).signUp.resend({ kind: 'email', value: fields.email })),
      );
      answerJson(res, 200, { success: true, message: 'OTP resent successfully', ...leadOn(id) });
    }) satisfies RequestHandler,

    /** POST /api/auth/register/complete */
    complete: (async (req, res) => {
      const fields = valid(completion, req);
      await from(res).signUp.setPassword(fields.userId, fields.password);
      answerJson(res, 200, { success: true, message: 'Account created successfully' });
    }) satisfies RequestHandler,

    /** The answer of POST /api/auth/login for an account with a second step. */
    passwordLogin: async (account: ProvenAccount, client: Client) => {
      const leadOn = (challenge: string) => ({
        data: { twoFaRequired: true, userId: account.id },
        challenge,
      });
      const { id, contact } = await door.from(client).secondStep.begin(account).catch(leadingOn(leadOn));
      return { success: true, message: sentTo(contact), ...leadOn(id) };
    },

    /** POST /api/auth/login/resend-otp */
    resendLogin: (async (req, res) => {
      const { userId } = valid(onlyUser, req);
      const leadOn = (challenge: string) => ({ challenge });
      const { id } = await sendingCode(res, { secure, begins: false }, leadOn, () =>
        from(res).secondStep.repeat(userId),
      );
      answerJson(res, 200, { success: true, message: 'OTP resent successfully', ...leadOn(id) });
    }) satisfies RequestHandler,

    /** POST /api/auth/login/verify-otp */
    verifyLogin: (async (req, res) => {
      const fields = valid(verification, req);
      const account = await from(res).secondStep.finish(fields.userId, fields.otp);
      const { user, token: accessToken } = await from(res).complete(account);
      answerJson(res, 200, {
        success: true,
        message: 'Login successful',
        data: { accessToken, ...provenOf(user) },
      });
    }) satisfies RequestHandler,

    /** GET /api/auth/me */
    me: (async (req, res) => {
      const user = await bearerUser(door, req);
      answerJson(res, 200, {
        success: true,
        user: { userId: user.id, email: user.email, ...provenOf(user) },
      });
    }) satisfies RequestHandler,
  };
}
