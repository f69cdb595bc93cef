import type { Request, RequestHandler, Response } from 'express';
import type { Contact } from '../../auth/contact.js';
import type { Door } from '../../auth/door.js';
import { AppError } from '../../errors.js';
import { clientOf } from '../../http/access/client.js';
import { answerJson, ownField } from '../../http/answer.js';
import { hintOfNames } from '../../http/requests/field-names.js';
import { isBlank } from '../../typed/invisible.js';
import { cookieBodies } from '../bodies/cookie.js';
import { valid } from '../fields.js';
import { sendingCode } from '../kept-codes.js';
import type { Lookups } from '../lookups.js';
import { provenOf } from '../proven.js';
import type { SignInWithCookie } from './session.js';

/** Signing up through the cookie contract: the code creates the account and signs in. */
export function createCookieSignUp(deps: {
  door: Door<'cookie'>;
  lookups: Lookups;
  defaultCountry: string;
  /** Cookies go over HTTPS only. */
  secure: boolean;
  signIn: SignInWithCookie;
}) {
  const { door, lookups, secure } = deps;
  const { signUp, onlyEmail, verification } = cookieBodies(door.rules, deps.defaultCountry);

  const from = (res: Response) => door.from(clientOf(res));

  /** No registration waits for a code to this address: it is already verified, or unknown. */
  const orVerified = (res: Response, address: string) => async (failure: unknown) => {
    if (!(failure instanceof AppError) || failure.code !== 'registration_unknown') throw failure;
    if (await from(res).signIn.isProven(address)) throw new AppError('email_verified', 'Already verified.');
    throw failure;
  };

  return {
    /** POST /signup */
    signUp: (async (req, res) => {
      requireFields(req, ['email', 'password', 'username'], 'Email, password, and username are required');
      const fields = valid(signUp, req);
      const leadOn = (id: string) => ({
        data: { userId: id, email: fields.email, username: fields.username },
        registration: id,
      });
      const { id, contact } = await sendingCode(res, { secure, begins: true }, leadOn, () =>
        lookups.guard(clientOf(res), () =>
          from(res)
            .signUp.start({
              phone: fields.phone ?? null,
              email: fields.email,
              password: fields.password,
              name: fields.username,
              profile: {},
            })
            .catch(mailFailed('Failed to send verification email. Please try again.')),
        ),
      );
      answerJson(res, 201, {
        success: true,
        message: `Registration successful! Please check your ${placeOf(contact)} for OTP verification.`,
        ...leadOn(id),
      });
    }) satisfies RequestHandler,

    /** POST /verify-otp */
    verify: (async (req, res) => {
      requireFields(req, ['email', 'otp'], 'Please provide email and OTP');
      const fields = valid(verification, req);
      const account = await lookups.guard(clientOf(res), () =>
        from(res)
          .signUp.finish({ kind: 'email', value: fields.email }, fields.otp)
          .catch(orVerified(res, fields.email)),
      );
      const user = await deps.signIn(res, account);
      answerJson(res, 201, {
        message: 'User signed in successfully',
        success: true,
        user: { _id: user.id, email: user.email, username: user.name, isVerified: true, ...provenOf(user) },
      });
    }) satisfies RequestHandler,

    /** POST /resend-otp */
    resend: (async (req, res) => {
      requireFields(req, ['email'], 'Please provide email');
      const fields = valid(onlyEmail, req);
      const leadOn = (registration: string) => ({ registration });
      const { id, contact } = await sendingCode(res, { secure, begins: false }, leadOn, () =>
        lookups.guard(clientOf(res), () =>
          from(res)
            .signUp.resend({ kind: 'email', value: fields.email })
            .catch(orVerified(res, fields.email))
            .catch(mailFailed('Failed to send OTP email. Please try again.')),
        ),
      );
      answerJson(res, 200, {
        success: true,
        message: `OTP resent successfully! Please check your ${placeOf(contact)}.`,
        ...leadOn(id),
      });
    }) satisfies RequestHandler,
  };
}

function placeOf({ kind }: Contact): string {
  return kind === 'phone' ? 'WhatsApp' : 'email';
}

/** The contract documents a sentence for mail that cannot be sent. */
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
    // A password may consist of white space only.
    return name === 'password' && typeof value === 'string' ? value === '' : isBlank(value);
  });
  if (!missing) return;
  const body = typeof req.body === 'object' && req.body !== null ? req.body : {};
  const hint = hintOfNames(body, names, names);
  throw new AppError('fields_missing', text, hint === null ? {} : { hint });
}
