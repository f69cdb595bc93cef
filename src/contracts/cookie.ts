import type { Request, RequestHandler, Response } from 'express';
import * as z from 'zod';
import type { UserRow } from '../../database/schema.js';
import type { Contact } from '../auth/contact.js';
import type { Auth } from '../auth/index.js';
import { AppError } from '../errors.js';
import { answerJson, ownField } from '../http/answer.js';
import { clientAddress } from '../http/client-address.js';
import { isBlank } from '../typed/invisible.js';
import type { ContractErrors } from './answers.js';
import { codeField, emailField, optional, passwordField, phoneField, textField, valid } from './fields.js';
import type { Lookups } from './lookups.js';
import { clearTokenCookie, setTokenCookie, tokenCookie } from './token-cookie.js';

const CONTRACT = 'cookie';

const error = (status: number, text: string) => ({ status, body: { success: false, error: text } });
const message = (status: number, text: string) => ({ status, body: { success: false, message: text } });

/** The cookie contract: sign-up with a code, a token in a cookie, Google. */
export const cookieErrors: ContractErrors = {
  known: {
    email_taken: { status: 409, body: { message: 'User already exists' } },
    phone_taken: { status: 409, body: { message: 'User already exists' } },
    registration_unknown: error(404, 'User not found'),
    email_verified: error(400, 'Email already verified. Please login.'),
    code_invalid: error(400, 'Invalid OTP. Please try again.'),
    code_expired: {
      status: 400,
      body: { success: false, error: 'OTP has expired. Please request a new one.', expired: true },
    },
    credentials_wrong: { status: 401, body: { message: 'Incorrect password or email' } },
    uses_google: message(400, 'This account uses Google Sign-In. Please use Google to login.'),
    email_unavailable: (text) => error(500, text),
    token_missing: message(401, 'Authentication required. Please login.'),
    token_invalid: message(401, 'Invalid or expired token. Please login again.'),
    token_user_gone: message(401, 'User not found. Please login again.'),
  },
  other: (text) => ({ success: false, error: text }),
  invalid: (problems) => error(400, problems[0]?.message ?? 'The request is not valid'),
};

export function createCookieContract(deps: { auth: Auth; lookups: Lookups }) {
  const { auth, lookups } = deps;
  const { strict, defaultCountry, production } = auth.settings;
  const rules = auth.rules(CONTRACT);
  const leastPassword = strict ? 8 : 1;
  const email = emailField('Please provide a valid email');
  const signUp = z.object({
    email,
    password: passwordField(leastPassword, `Password must have at least ${leastPassword} characters`),
    username: textField(1, 100, 'Username must be text of 1 to 100 characters'),
    phone: optional(phoneField(defaultCountry, 'Please provide a valid phone number')),
  });
  const verification = z.object({ email, otp: codeField(rules.length, 'Invalid OTP. Please try again.') });

  /** A token in the cookie, and nowhere else. */
  async function signIn(req: Request, res: Response, account: UserRow): Promise<UserRow> {
    auth.signIn.requireSingleStep(account);
    const user = await auth.signIn.succeeded(account, clientAddress(req));
    setTokenCookie(res, await auth.tokens.issue(CONTRACT, user), production);
    return user;
  }

  /** Nothing waits for a code to this address: because it is verified already, or because nobody knows it. */
  const orVerified = (address: string) => async (failure: unknown) => {
    if (!(failure instanceof AppError) || failure.code !== 'registration_unknown') throw failure;
    if (await auth.signIn.isProven(address)) throw new AppError('email_verified', 'Already verified.');
    throw failure;
  };

  return {
    /** POST /signup */
    signUp: (async (req, res) => {
      requireFields(req, ['email', 'password', 'username'], 'Email, password, and username are required');
      const fields = valid(signUp, req);
      const { id, contact } = await lookups.guard(req, () =>
        auth.signUp
          .start({
            contract: CONTRACT,
            rules,
            phone: fields.phone ?? null,
            email: fields.email,
            password: fields.password,
            name: fields.username,
            profile: {},
            hushed: strict,
          })
          .catch(mailFailed('Failed to send verification email. Please try again.')),
      );
      answerJson(res, 201, {
        success: true,
        message: `Registration successful! Please check your ${placeOf(contact)} for OTP verification.`,
        data: { userId: id, email: fields.email, username: fields.username },
      });
    }) satisfies RequestHandler,

    /** POST /verify-otp */
    verify: (async (req, res) => {
      requireFields(req, ['email', 'otp'], 'Please provide email and OTP');
      const fields = valid(verification, req);
      const made = await lookups.guard(req, () =>
        auth.signUp
          .finish(CONTRACT, { kind: 'email', value: fields.email }, fields.otp, strict)
          .catch(orVerified(fields.email)),
      );
      const user = await signIn(req, res, made);
      answerJson(res, 201, {
        message: 'User signed in successfully',
        success: true,
        user: { _id: user.id, email: user.email, username: user.name, isVerified: true },
      });
    }) satisfies RequestHandler,

    /** POST /resend-otp */
    resend: (async (req, res) => {
      requireFields(req, ['email'], 'Please provide email');
      const fields = valid(z.object({ email }), req);
      const contact = await lookups.guard(req, () =>
        auth.signUp
          .resend(CONTRACT, { kind: 'email', value: fields.email }, rules, strict)
          .catch(orVerified(fields.email))
          .catch(mailFailed('Failed to send OTP email. Please try again.')),
      );
      // The place would tell that there is a registration.
      const place = strict ? 'email' : placeOf(contact);
      answerJson(res, 200, {
        success: true,
        message: `OTP resent successfully! Please check your ${place}.`,
      });
    }) satisfies RequestHandler,

    /** POST /login */
    login: (async (req, res) => {
      const address = ownField(req.body, 'email');
      const password = ownField(req.body, 'password');
      if (
        typeof address !== 'string' ||
        typeof password !== 'string' ||
        isBlank(address) ||
        password === ''
      ) {
        return answerJson(res, 400, { message: 'All fields are required' });
      }
      const account = await lookups.guard(req, () => auth.signIn.byPassword(address, password, strict));
      await signIn(req, res, account);
      answerJson(res, 201, { message: 'User logged in successfully', success: true });
    }) satisfies RequestHandler,

    /** POST /logout: the token is worth nothing from now on, whoever has a copy. */
    logout: (async (req, res) => {
      const token = tokenCookie(req);
      if (token !== null) await auth.tokens.revoke(CONTRACT, token);
      clearTokenCookie(res, production);
      answerJson(res, 200, { message: 'User logged out successfully', success: true });
    }) satisfies RequestHandler,

    /** POST / */
    whoAmI: (async (req, res) => {
      const token = tokenCookie(req);
      const check = token === null ? null : await auth.tokens.check(CONTRACT, token);
      answerJson(
        res,
        200,
        check?.kind === 'valid' ? { status: true, user: check.user.name } : { status: false },
      );
    }) satisfies RequestHandler,

    /** GET /protected */
    protected: (async (req, res) => {
      const token = tokenCookie(req);
      if (token === null) throw new AppError('token_missing', 'No token.');
      const check = await auth.tokens.check(CONTRACT, token);
      if (check.kind === 'user_gone') throw new AppError('token_user_gone', 'The account is gone.');
      if (check.kind !== 'valid') throw new AppError('token_invalid', 'Invalid or expired token');
      const { id, name, email: address } = check.user;
      answerJson(res, 200, {
        success: true,
        message: 'Access granted to protected route',
        user: { id, username: name, email: address },
      });
    }) satisfies RequestHandler,

    signIn,
  };
}

function placeOf({ kind }: Contact): string {
  return kind === 'phone' ? 'WhatsApp' : 'email';
}

/** The document has a sentence for mail that cannot go out. */
const mailFailed =
  (text: string) =>
  (failure: unknown): never => {
    if (!(failure instanceof AppError) || failure.code !== 'email_unavailable') throw failure;
    const { retryAfterSeconds } = failure.options;
    throw new AppError('email_unavailable', text, {
      cause: failure,
      ...(retryAfterSeconds && { retryAfterSeconds }),
    });
  };

/** The contract names all fields at once when one is missing. */
function requireFields(req: Request, names: string[], text: string): void {
  const missing = names.some((name) => {
    const value = ownField(req.body, name);
    // A password may be of white space alone.
    return name === 'password' && typeof value === 'string' ? value === '' : isBlank(value);
  });
  if (missing) throw new AppError('fields_missing', text);
}
