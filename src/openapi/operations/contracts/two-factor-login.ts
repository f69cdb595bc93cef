import * as z from 'zod';
import { credentials } from '../../../contracts/bodies/password-login.js';
import type { twoFactorBodies } from '../../../contracts/bodies/two-factor.js';
import { twoFactorErrors } from '../../../contracts/two-factor.js';
import type { ErrorCode } from '../../../errors.js';
import {
  contractFailures,
  DOOR_FAILURES,
  JSON_DOOR_FAILURES,
  SENDING_FAILURES,
} from '../../contract-failures.js';
import type { Operation } from '../../operation.js';
import { accountId, proven, SAMPLE_ID, SAMPLE_TOKEN, uuid } from '../../parts.js';
import { SAMPLE_USER, whatsappUser } from './whatsapp.js';

const success = z.literal(true);
const message = z.string();
const EMAIL = 'ravi@example.com';

const failures = (codes: readonly ErrorCode[], beside?: z.ZodRawShape) =>
  contractFailures(twoFactorErrors, [...codes, ...JSON_DOOR_FAILURES], beside);

/** A password, then a code. */
export function twoFactorLogin(bodies: ReturnType<typeof twoFactorBodies>, otp: string): Operation[] {
  const challenge = uuid;
  const asked = {
    data: z.strictObject({ twoFaRequired: z.literal(true), userId: accountId }),
    challenge,
  };
  return [
    {
      id: 'passwordLogin',
      method: 'post',
      path: '/api/auth/login',
      summary: 'Sign in with a password',
      description: 'Part of two contracts. An account with a second step gets a code, all others a token.',
      security: [],
      body: { schema: credentials, sample: { email: EMAIL, password: 'seven green kites' } },
      answers: {
        200: {
          description: 'The token, or a code is on its way.',
          schema: z.union([
            z.strictObject({
              success,
              message,
              data: z.strictObject({ user: whatsappUser, token: z.string() }),
            }),
            z.strictObject({ success, message, ...asked }),
          ]),
          sample: {
            success: true,
            message: 'Login successful',
            data: { user: SAMPLE_USER, token: SAMPLE_TOKEN },
          },
        },
      },
      failures: failures(
        [...SENDING_FAILURES, 'credentials_wrong', 'uses_google', 'account_inactive', 'too_busy'],
        asked,
      ),
    },
    {
      id: 'twoFactorResendLogin',
      method: 'post',
      path: '/api/auth/login/resend-otp',
      summary: 'Send the code of a sign-in again',
      security: [],
      body: { schema: bodies.onlyUser, sample: { userId: SAMPLE_ID } },
      answers: {
        200: {
          description: 'It is sent.',
          schema: z.strictObject({ success, message, challenge }),
          sample: { success: true, message: 'OTP resent successfully', challenge: SAMPLE_ID },
        },
      },
      failures: failures([...SENDING_FAILURES, 'account_unknown'], { challenge }),
    },
    {
      id: 'twoFactorVerifyLogin',
      method: 'post',
      path: '/api/auth/login/verify-otp',
      summary: 'Sign in with the code',
      security: [],
      body: { schema: bodies.verification, sample: { userId: SAMPLE_ID, otp } },
      answers: {
        200: {
          description: 'Signed in.',
          schema: z.strictObject({
            success,
            message,
            data: z.strictObject({ accessToken: z.string(), ...proven }),
          }),
          sample: {
            success: true,
            message: 'Login successful',
            data: { accessToken: SAMPLE_TOKEN, email_verified: true, phone_verified: false },
          },
        },
      },
      failures: failures(['code_invalid', 'code_expired', 'code_attempts_blocked', 'account_inactive']),
    },
    {
      id: 'twoFactorMe',
      method: 'get',
      path: '/api/auth/me',
      summary: 'Whose token this is',
      security: ['token'],
      answers: {
        200: {
          description: 'The account.',
          schema: z.strictObject({
            success,
            user: z.strictObject({ userId: accountId, email: z.string().nullable(), ...proven }),
          }),
          sample: {
            success: true,
            user: { userId: SAMPLE_ID, email: EMAIL, email_verified: true, phone_verified: false },
          },
        },
      },
      failures: contractFailures(twoFactorErrors, ['token_invalid', ...DOOR_FAILURES]),
    },
  ];
}
