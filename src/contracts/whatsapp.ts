import type { RequestHandler, Response } from 'express';
import type { ProvenAccount } from '../auth/accounts/proven.js';
import type { User } from '../auth/accounts/user.js';
import type { Client } from '../auth/clients/client.js';
import type { Auth } from '../auth/index.js';
import { isoOrNull } from '../clock.js';
import { clientOf } from '../http/access/client.js';
import { answerJson } from '../http/answer.js';
import { asWrongCode, type ContractErrors, failure, validationFailed } from './answers.js';
import { bearerUser } from './bearer.js';
import { whatsappBodies } from './bodies/whatsapp.js';
import { valid } from './fields.js';
import { sendingCode } from './kept-codes.js';
import type { Lookups } from './lookups.js';
import { provenOf } from './proven.js';

/** The whatsapp contract: address, password and phone, codes over WhatsApp. */
export const whatsappErrors: ContractErrors = {
  known: {
    account_unknown: failure(404, 'No active user found with this phone number'),
    registration_unknown: failure(404, 'No pending registration found with this phone number'),
    code_invalid: failure(400, 'Invalid or expired OTP'),
    code_expired: failure(400, 'Invalid or expired OTP'),
    credentials_wrong: failure(401, 'Invalid email or password'),
    uses_google: failure(401, 'Invalid email or password'),
    phone_taken: failure(409, 'Phone number already registered'),
    email_taken: failure(409, 'Email already registered'),
    token_invalid: failure(401, 'Invalid or expired token'),
  },
  alike: { code_expired: 'code_invalid', uses_google: 'credentials_wrong' },
  other: (message) => ({ success: false, message }),
  invalid: validationFailed,
};

export function createWhatsAppContract(deps: { auth: Auth; lookups: Lookups }) {
  const { auth, lookups } = deps;
  const door = auth.for('whatsapp');
  const from = (res: Response) => door.from(clientOf(res));
  const isKnownHere = (res: Response, value: string) => () =>
    from(res).signIn.isKnownHere({ kind: 'phone', value });
  const { codes } = door.rules;
  const { production: secure } = auth.settings;
  const { registration, onlyPhone, verification } = whatsappBodies(door.rules);
  const sent = (number: string) => ({ phone: number, expires_in: codes.ttlMs / 1000 });

  return {
    /** POST /api/auth-otp/register */
    register: (async (req, res) => {
      const fields = valid(registration, req);
      const leadOn = (registration: string) => ({ data: sent(fields.phone), registration });
      const { id } = await sendingCode(res, { secure, begins: true }, leadOn, () =>
        lookups.guard(clientOf(res), () =>
          from(res).signUp.start({
            phone: fields.phone,
            email: fields.email,
            password: fields.password,
            name: fields.full_name,
            profile: { role: fields.role, address: fields.address ?? null },
          }),
        ),
      );
      answerJson(res, 200, {
        success: true,
        message: 'OTP sent to your WhatsApp number. Please verify to complete registration.',
        ...leadOn(id),
      });
    }) satisfies RequestHandler,

    /** POST /api/auth-otp/resend */
    resend: (async (req, res) => {
      const { phone: number } = valid(onlyPhone, req);
      const leadOn = (registration: string) => ({ data: sent(number), registration });
      const { id } = await sendingCode(res, { secure, begins: false }, leadOn, () =>
        lookups.guard(clientOf(res), () => from(res).signUp.resend({ kind: 'phone', value: number })),
      );
      answerJson(res, 200, {
        success: true,
        message: 'OTP resent to your WhatsApp number.',
        ...leadOn(id),
      });
    }) satisfies RequestHandler,

    /** POST /api/auth-otp/verify */
    verify: (async (req, res) => {
      const fields = valid(verification, req);
      const account = await from(res)
        .signUp.finish({ kind: 'phone', value: fields.phone }, fields.otp)
        .catch(asWrongCode);
      const { user, token } = await from(res).complete(account);
      answerJson(res, 200, {
        success: true,
        message: 'Registration completed successfully',
        data: { user: shownWithAddress(user), token },
      });
    }) satisfies RequestHandler,

    /** POST /api/auth-otp/request-login */
    requestLogin: (async (req, res) => {
      const { phone: number } = valid(onlyPhone, req);
      const leadOn = (challenge: string) => ({ data: sent(number), challenge });
      const { id, userFirst } = await sendingCode(res, { secure, begins: true }, leadOn, () =>
        lookups.guard(clientOf(res), () => from(res).signIn.requestCode(number), isKnownHere(res, number)),
      );
      answerJson(res, 200, {
        success: true,
        message: 'OTP sent to your WhatsApp number for login verification.',
        ...leadOn(id),
        ...(userFirst && { userFirst }),
      });
    }) satisfies RequestHandler,

    /** POST /api/auth-otp/verify-login */
    verifyLogin: (async (req, res) => {
      const fields = valid(verification, req);
      const account = await lookups.guard(
        clientOf(res),
        () => from(res).signIn.byCode(fields.phone, fields.otp).catch(asWrongCode),
        isKnownHere(res, fields.phone),
      );
      const { user, token } = await from(res).complete(account);
      answerJson(res, 200, {
        success: true,
        message: 'Login successful',
        data: { user: shownWithAddress(user), token },
      });
    }) satisfies RequestHandler,

    /** The answer of POST /api/auth/login for an account without a second step. */
    passwordLogin: async (account: ProvenAccount, client: Client) => {
      const { user, token } = await door.from(client).complete(account);
      return { success: true, message: 'Login successful', data: { user: shown(user), token } };
    },

    /** GET /api/users/me */
    me: (async (req, res) => {
      const user = await bearerUser(door, req);
      answerJson(res, 200, { success: true, data: { user: shownWithAddress(user) } });
    }) satisfies RequestHandler,

    /** GET /api/auth-otp/cleanup */
    cleanUp: (async (_req, res) => {
      const deleted = await auth.cleanUpCodes();
      answerJson(res, 200, { success: true, message: 'Expired OTPs cleaned up', data: { deleted } });
    }) satisfies RequestHandler,
  };
}

function shown(user: User) {
  return {
    id: user.id,
    email: user.email,
    full_name: user.name,
    role: user.profile.role ?? null,
    phone: user.phone,
    is_verified: true,
    is_active: user.deactivatedAt === null,
    created_at: isoOrNull(user.createdAt),
    ...provenOf(user),
  };
}

/** With the address in its documented place. */
function shownWithAddress(user: User) {
  const { id, email, full_name, role, phone, ...rest } = shown(user);
  return { id, email, full_name, role, phone, address: user.profile.address ?? null, ...rest };
}
