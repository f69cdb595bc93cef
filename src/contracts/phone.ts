import type { RequestHandler } from 'express';
import * as z from 'zod';
import type { ListedUser } from '../auth/accounts/users.js';
import { nationalOrE164 } from '../auth/contact.js';
import type { Auth } from '../auth/index.js';
import { answerJson, isoOrNull } from '../http/answer.js';
import { clientAddress } from '../http/client-address.js';
import { type ContractErrors, likeAWrongCode } from './answers.js';
import { choiceField, codeField, phoneField, textField, valid } from './fields.js';
import type { Lookups } from './lookups.js';
import { pageOf } from './paging.js';

/** The phone contract: a number, a code, a token. */
export const phoneErrors: ContractErrors = {
  known: {
    phone_taken: { status: 409, body: { message: 'User already registered' } },
    account_unknown: { status: 404, body: { message: 'User not found' } },
    code_invalid: { status: 400, body: { message: 'Invalid or expired OTP' } },
    code_expired: { status: 400, body: { message: 'Invalid or expired OTP' } },
  },
  other: (message) => ({ message }),
  invalid: (problems) => ({
    status: 400,
    body: { message: problems.map(({ message }) => message).join('; ') },
  }),
};

const CONTRACT = 'phone';
const MAX_NAME = 100;

export function createPhoneContract(deps: { auth: Auth; lookups: Lookups }) {
  const { auth, lookups } = deps;
  const { strict, defaultCountry } = auth.settings;
  const rules = auth.rules(CONTRACT);
  const phoneNumber = phoneField(defaultCountry, 'phoneNumber must be a valid phone number');
  const registration = z.object({
    phoneNumber,
    name: textField(1, MAX_NAME, `name must be text of 1 to ${MAX_NAME} characters`),
  });
  const login = z.object({ phoneNumber });
  const verification = z.object({
    phoneNumber,
    otp: codeField(rules.length, `otp must be a string of ${rules.length} digits`),
    mode: choiceField(['register', 'login'], 'mode must be "register" or "login"'),
  });

  return {
    /** POST /api/users/register */
    register: (async (req, res) => {
      const { phoneNumber: phone, name } = valid(registration, req);
      await lookups.guard(req, () =>
        auth.signUp.start({
          contract: CONTRACT,
          rules,
          phone,
          email: null,
          password: null,
          name,
          profile: {},
          hushed: strict,
        }),
      );
      answerJson(res, 200, { message: 'OTP sent successfully for registration' });
    }) satisfies RequestHandler,

    /** POST /api/users/login */
    login: (async (req, res) => {
      const { phoneNumber: phone } = valid(login, req);
      await lookups.guard(req, () => auth.signIn.requestCode(CONTRACT, phone, rules, strict));
      answerJson(res, 200, { message: 'OTP sent successfully for login' });
    }) satisfies RequestHandler,

    /** POST /api/otp/verify */
    verify: (async (req, res) => {
      const { phoneNumber: phone, otp, mode } = valid(verification, req);
      if (mode === 'register') {
        await auth.signUp
          .finish(CONTRACT, { kind: 'phone', value: phone }, otp, strict)
          .catch(likeAWrongCode);
        return answerJson(res, 201, { message: 'User registered successfully' });
      }
      const signedIn = await lookups.guard(req, () =>
        auth.signIn.byCode(CONTRACT, phone, otp, strict).catch(likeAWrongCode),
      );
      const user = await auth.signIn.succeeded(signedIn, clientAddress(req));
      const token = await auth.tokens.issue(CONTRACT, user);
      answerJson(res, 200, { message: 'Login successful', user: { ...shown(user), __v: 0 }, token });
    }) satisfies RequestHandler,

    /** GET /api/users/get-all-users?page=&limit= */
    listUsers: (async (req, res) => {
      const { page, limit } = pageOf(req);
      const found = await auth.users.list({ withPhone: true, oldestFirst: true }, page, limit);
      answerJson(res, 200, { users: found.page === page ? found.users.map(shown) : [] });
    }) satisfies RequestHandler,
  };

  function shown(user: ListedUser) {
    return {
      _id: user.id,
      phoneNumber: nationalOrE164(user.phone ?? '', defaultCountry),
      name: user.name ?? '',
      isVerified: true,
      createdAt: isoOrNull(user.created_at),
      updatedAt: isoOrNull(user.updated_at),
    };
  }
}
