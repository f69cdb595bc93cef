import type { RequestHandler, Response } from 'express';
import type { User } from '../auth/accounts/user.js';
import { nationalOrE164 } from '../auth/contact.js';
import type { Auth } from '../auth/index.js';
import { isoOrNull } from '../clock.js';
import { clientOf } from '../http/access/client.js';
import { answerJson } from '../http/answer.js';
import { asWrongCode, type ContractErrors } from './answers.js';
import { phoneBodies } from './bodies/phone.js';
import { valid } from './fields.js';
import { sendingCode } from './kept-codes.js';
import type { Lookups } from './lookups.js';
import { pageOf } from './paging.js';
import { provenOf } from './proven.js';

/** The phone contract: a number, a code, a token. */
export const phoneErrors: ContractErrors = {
  known: {
    phone_taken: { status: 409, body: { message: 'User already registered' } },
    account_unknown: { status: 404, body: { message: 'User not found' } },
    code_invalid: { status: 400, body: { message: 'Invalid or expired OTP' } },
    code_expired: { status: 400, body: { message: 'Invalid or expired OTP' } },
  },
  alike: { code_expired: 'code_invalid' },
  other: (message) => ({ message }),
  invalid: (problems) => ({
    status: 400,
    body: { message: problems.map(({ message }) => message).join('; ') },
  }),
};

export function createPhoneContract(deps: { auth: Auth; lookups: Lookups }) {
  const { auth, lookups } = deps;
  const { defaultCountry, production: secure } = auth.settings;
  const door = auth.for('phone');
  const from = (res: Response) => door.from(clientOf(res));
  const isKnownHere = (res: Response, value: string) => () =>
    from(res).signIn.isKnownHere({ kind: 'phone', value });
  const { registration, login, verification } = phoneBodies(door.rules, defaultCountry);

  return {
    /** POST /api/users/register */
    register: (async (req, res) => {
      const { phoneNumber: phone, name } = valid(registration, req);
      const leadOn = (registration: string) => ({ registration });
      const { id } = await sendingCode(res, { secure, begins: true }, leadOn, () =>
        lookups.guard(clientOf(res), () =>
          from(res).signUp.start({ phone, email: null, password: null, name, profile: {} }),
        ),
      );
      answerJson(res, 200, { message: 'OTP sent successfully for registration', ...leadOn(id) });
    }) satisfies RequestHandler,

    /** POST /api/users/login */
    login: (async (req, res) => {
      const { phoneNumber: phone } = valid(login, req);
      const leadOn = (challenge: string) => ({ challenge });
      const { id, userFirst } = await sendingCode(res, { secure, begins: true }, leadOn, () =>
        lookups.guard(clientOf(res), () => from(res).signIn.requestCode(phone), isKnownHere(res, phone)),
      );
      answerJson(res, 200, {
        message: 'OTP sent successfully for login',
        ...leadOn(id),
        ...(userFirst && { userFirst }),
      });
    }) satisfies RequestHandler,

    /** POST /api/otp/verify */
    verify: (async (req, res) => {
      const { phoneNumber: phone, otp, mode } = valid(verification, req);
      if (mode === 'register') {
        await from(res).signUp.finish({ kind: 'phone', value: phone }, otp).catch(asWrongCode);
        return answerJson(res, 201, { message: 'User registered successfully' });
      }
      const account = await lookups.guard(
        clientOf(res),
        () => from(res).signIn.byCode(phone, otp).catch(asWrongCode),
        isKnownHere(res, phone),
      );
      const { user, token } = await from(res).complete(account);
      answerJson(res, 200, {
        message: 'Login successful',
        user: { ...shown(user), __v: 0, ...provenOf(user) },
        token,
      });
    }) satisfies RequestHandler,

    /** GET /api/users/get-all-users?page=&limit= */
    listUsers: (async (req, res) => {
      const { page, limit } = pageOf(req);
      const found = await auth.users.list({ withPhone: true, oldestFirst: true }, page, limit);
      answerJson(res, 200, { users: found.page === page ? found.users.map(shown) : [] });
    }) satisfies RequestHandler,
  };

  function shown(user: User) {
    return {
      _id: user.id,
      phoneNumber: nationalOrE164(user.phone ?? '', defaultCountry),
      name: user.name ?? '',
      isVerified: true,
      createdAt: isoOrNull(user.createdAt),
      updatedAt: isoOrNull(user.updatedAt),
    };
  }
}
