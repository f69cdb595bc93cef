import * as z from 'zod';
import { twoFactorBodies } from '../../../contracts/bodies/two-factor.js';
import { twoFactorErrors } from '../../../contracts/two-factor.js';
import type { ErrorCode } from '../../../errors.js';
import { contractFailures, JSON_DOOR_FAILURES, SENDING_FAILURES } from '../../contract-failures.js';
import type { Answer, Operation, Surface } from '../../operation.js';
import { SAMPLE_ID, uuid } from '../../parts.js';
import type { DocumentSettings } from '../../settings.js';
import { twoFactorLogin } from './two-factor-login.js';

const success = z.literal(true);
const message = z.string();
const said = z.strictObject({ success, message });
const EMAIL = 'ravi@example.com';

const failures = (codes: readonly ErrorCode[], beside?: z.ZodRawShape) =>
  contractFailures(twoFactorErrors, [...codes, ...JSON_DOOR_FAILURES], beside);

/** Registration in three steps, then a password and a code. */
export function twoFactor({ rules, defaultCountry }: DocumentSettings): Surface {
  const bodies = twoFactorBodies(rules['two-factor'], defaultCountry);
  const otp = '4'.repeat(rules['two-factor'].codes.length);
  return {
    name: 'Two-factor contract',
    description: 'Sign up in three steps; sign in with a password and a code.',
    operations: [...registration(bodies, otp), ...twoFactorLogin(bodies, otp)],
  };
}

type Bodies = ReturnType<typeof twoFactorBodies>;

const says = (text: string, description = 'Done.'): Answer => ({
  description,
  schema: said,
  sample: { success: true, message: text },
});

function registration(bodies: Bodies, otp: string): Operation[] {
  const begun = { data: z.strictObject({ userId: uuid, email: z.string() }), registration: uuid };
  return [
    {
      id: 'twoFactorStart',
      method: 'post',
      path: '/api/auth/register/start',
      summary: 'Send a code to sign up',
      security: [],
      body: {
        schema: bodies.start,
        sample: { firstName: 'Ravi', lastName: 'K', email: EMAIL, phone: '+919876501234' },
      },
      answers: {
        200: {
          description: 'It is sent.',
          schema: z.strictObject({ success, message, ...begun }),
          sample: {
            success: true,
            message: 'OTP sent to your WhatsApp number',
            data: { userId: SAMPLE_ID, email: EMAIL },
            registration: SAMPLE_ID,
          },
        },
      },
      failures: failures([...SENDING_FAILURES, 'phone_taken', 'email_taken'], begun),
    },
    {
      id: 'twoFactorVerify',
      method: 'post',
      path: '/api/auth/register/verify-otp',
      summary: 'Prove the contact of a sign-up',
      security: [],
      body: { schema: bodies.verification, sample: { userId: SAMPLE_ID, otp } },
      answers: { 200: says('Phone number verified successfully') },
      failures: failures(['code_invalid', 'code_expired', 'code_attempts_blocked', 'registration_unknown']),
    },
    {
      id: 'twoFactorResend',
      method: 'post',
      path: '/api/auth/register/resend-otp',
      summary: 'Send the code of a sign-up again',
      security: [],
      body: { schema: bodies.onlyEmail, sample: { email: EMAIL } },
      answers: {
        200: {
          description: 'It is sent.',
          schema: z.strictObject({ success, message, registration: uuid }),
          sample: { success: true, message: 'OTP resent successfully', registration: SAMPLE_ID },
        },
      },
      failures: failures([...SENDING_FAILURES, 'registration_unknown'], { registration: uuid }),
    },
    {
      id: 'twoFactorComplete',
      method: 'post',
      path: '/api/auth/register/complete',
      summary: 'Choose a password',
      security: [],
      body: { schema: bodies.completion, sample: { userId: SAMPLE_ID, password: 'seven green kites' } },
      answers: { 200: says('Account created successfully') },
      failures: failures([
        'registration_unknown',
        'registration_unverified',
        'registration_completed',
        'password_unfit',
        'phone_taken',
        'email_taken',
        'too_busy',
      ]),
    },
  ];
}
