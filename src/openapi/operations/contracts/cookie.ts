import * as z from 'zod';
import { cookieBodies } from '../../../contracts/bodies/cookie.js';
import { cookieErrors } from '../../../contracts/cookie/errors.js';
import type { ErrorCode } from '../../../errors.js';
import {
  contractFailures,
  DOOR_FAILURES,
  JSON_DOOR_FAILURES,
  SENDING_FAILURES,
} from '../../contract-failures.js';
import type { Operation, Surface } from '../../operation.js';
import { accountId, proven, SAMPLE_ID, uuid } from '../../parts.js';
import type { DocumentSettings } from '../../settings.js';
import { SESSION } from './cookie-session.js';

const success = z.literal(true);
const message = z.string();
const EMAIL = 'mira@example.com';
const PASSWORD = 'seven green kites';
const PROVEN = { email_verified: true, phone_verified: false };

/** Refused when another site's page sends it. */
const failures = (codes: readonly ErrorCode[], beside?: z.ZodRawShape) =>
  contractFailures(cookieErrors, [...codes, 'csrf_token_invalid', ...JSON_DOOR_FAILURES], beside);

/** Sign-up with a code, a token in a cookie. */
export function cookie({ rules, defaultCountry }: DocumentSettings): Surface {
  const bodies = cookieBodies(rules.cookie, defaultCountry);
  return {
    name: 'Cookie contract',
    description: 'Sign up with a code, stay signed in with a cookie. Its pages may be those of CLIENT_URL.',
    operations: [...signingUp(bodies, '4'.repeat(rules.cookie.codes.length)), ...SESSION, HOME],
  };
}

function signingUp(bodies: ReturnType<typeof cookieBodies>, otp: string): Operation[] {
  const data = z.strictObject({ userId: uuid, email: z.string(), username: z.string() });
  const begun = { data, registration: uuid };
  return [
    {
      id: 'cookieSignUp',
      method: 'post',
      path: '/signup',
      summary: 'Send a code to sign up',
      security: [],
      body: { schema: bodies.signUp, sample: { email: EMAIL, password: PASSWORD, username: 'mira' } },
      answers: {
        201: {
          description: 'It is sent.',
          schema: z.strictObject({ success, message, ...begun }),
          sample: {
            success: true,
            message: 'Registration successful! Please check your email for OTP verification.',
            data: { userId: SAMPLE_ID, email: EMAIL, username: 'mira' },
            registration: SAMPLE_ID,
          },
        },
      },
      failures: failures(
        [...SENDING_FAILURES, 'fields_missing', 'email_taken', 'phone_taken', 'password_unfit', 'too_busy'],
        begun,
      ),
    },
    {
      id: 'cookieVerify',
      method: 'post',
      path: '/verify-otp',
      summary: 'Sign up with the code',
      security: [],
      body: { schema: bodies.verification, sample: { email: EMAIL, otp } },
      answers: {
        201: {
          description: 'Signed up and signed in: the cookie is set.',
          schema: z.strictObject({
            message,
            success,
            user: z.strictObject({
              _id: accountId,
              email: z.string().nullable(),
              username: z.string().nullable(),
              isVerified: z.literal(true),
              ...proven,
            }),
          }),
          sample: {
            message: 'User signed in successfully',
            success: true,
            user: { _id: SAMPLE_ID, email: EMAIL, username: 'mira', isVerified: true, ...PROVEN },
          },
        },
      },
      failures: failures([
        'fields_missing',
        'code_invalid',
        'code_expired',
        'code_attempts_blocked',
        'registration_unknown',
        'email_verified',
        'email_taken',
        'phone_taken',
      ]),
    },
    {
      id: 'cookieResend',
      method: 'post',
      path: '/resend-otp',
      summary: 'Send the code of a sign-up again',
      security: [],
      body: { schema: bodies.onlyEmail, sample: { email: EMAIL } },
      answers: {
        200: {
          description: 'It is sent.',
          schema: z.strictObject({ success, message, registration: uuid }),
          sample: {
            success: true,
            message: 'OTP resent successfully! Please check your email.',
            registration: SAMPLE_ID,
          },
        },
      },
      failures: failures([...SENDING_FAILURES, 'fields_missing', 'registration_unknown', 'email_verified'], {
        registration: uuid,
      }),
    },
  ];
}

const HOME: Operation = {
  id: 'home',
  method: 'get',
  path: '/',
  summary: 'The dashboard',
  security: [],
  answers: { 302: { description: 'It is elsewhere.', schema: null } },
  failures: contractFailures(cookieErrors, DOOR_FAILURES),
};
