import * as z from 'zod';
import { whatsappBodies } from '../../../contracts/bodies/whatsapp.js';
import { whatsappErrors } from '../../../contracts/whatsapp.js';
import type { ErrorCode } from '../../../errors.js';
import {
  contractFailures,
  DOOR_FAILURES,
  JSON_DOOR_FAILURES,
  OPERATORS_DOOR_FAILURES,
  SENDING_FAILURES,
  writtenFirst,
} from '../../contract-failures.js';
import type { Answer, Operation, Surface } from '../../operation.js';
import { accountId, count, moment, proven, SAMPLE_ID, SAMPLE_TOKEN, uuid } from '../../parts.js';
import type { DocumentSettings } from '../../settings.js';

const success = z.literal(true);
const message = z.string();

const shared = {
  id: accountId,
  email: z.string().nullable(),
  full_name: z.string().nullable(),
  role: z.string().nullable(),
  phone: z.string().nullable(),
};
const states = {
  is_verified: z.literal(true),
  is_active: z.boolean(),
  created_at: moment,
  ...proven,
};
/** The account, as a sign-in with a password shows it. */
export const whatsappUser = z.strictObject({ ...shared, ...states }).meta({ id: 'WhatsAppUser' });
const resident = z
  .strictObject({ ...shared, address: z.string().nullable(), ...states })
  .meta({ id: 'WhatsAppUserWithAddress' });

export const SAMPLE_USER = {
  id: SAMPLE_ID,
  email: 'asha@example.com',
  full_name: 'Asha S',
  role: 'farmer',
  phone: '+919876501234',
  is_verified: true,
  is_active: true,
  created_at: '2026-11-21T03:10:01.705Z',
  email_verified: false,
  phone_verified: true,
};
const SAMPLE_RESIDENT = { ...SAMPLE_USER, address: '12 Harbour Road, Port Town' };

const sentData = z.strictObject({ phone: z.string(), expires_in: count.describe('Seconds.') });
const SAMPLE_SENT = { phone: '+919876501234', expires_in: 300 };

const signedIn = (text: string): Answer => ({
  description: 'Signed in.',
  schema: z.strictObject({
    success,
    message,
    data: z.strictObject({ user: resident, token: z.string() }),
  }),
  sample: { success: true, message: text, data: { user: SAMPLE_RESIDENT, token: SAMPLE_TOKEN } },
});

/** Address, password and phone, with codes over WhatsApp. */
export function whatsapp({ rules }: DocumentSettings): Surface {
  const bodies = whatsappBodies(rules.whatsapp);
  const failures = (codes: readonly ErrorCode[], beside?: z.ZodRawShape) =>
    contractFailures(whatsappErrors, [...codes, ...JSON_DOOR_FAILURES], beside);
  const phone = '+919876501234';
  const otp = '4'.repeat(rules.whatsapp.codes.length);
  const begun = { data: sentData, registration: uuid };
  const sends = (text: string): Answer => ({
    description: 'It is sent.',
    schema: z.strictObject({ success, message, ...begun }),
    sample: { success: true, message: text, data: SAMPLE_SENT, registration: SAMPLE_ID },
  });
  const signUp: Operation[] = [
    {
      id: 'whatsappRegister',
      method: 'post',
      path: '/api/auth-otp/register',
      summary: 'Send a code to sign up',
      security: [],
      body: {
        schema: bodies.registration,
        sample: {
          email: 'asha@example.com',
          password: 'seven green kites',
          full_name: 'Asha S',
          role: 'farmer',
          phone,
          address: '12 Harbour Road, Port Town',
        },
      },
      answers: { 200: sends('OTP sent to your WhatsApp number. Please verify to complete registration.') },
      failures: failures(
        [...SENDING_FAILURES, 'phone_taken', 'email_taken', 'password_unfit', 'too_busy'],
        begun,
      ),
    },
    {
      id: 'whatsappResend',
      method: 'post',
      path: '/api/auth-otp/resend',
      summary: 'Send the code of a sign-up again',
      security: [],
      body: { schema: bodies.onlyPhone, sample: { phone } },
      answers: { 200: sends('OTP resent to your WhatsApp number.') },
      failures: failures([...SENDING_FAILURES, 'registration_unknown'], begun),
    },
    {
      id: 'whatsappVerify',
      method: 'post',
      path: '/api/auth-otp/verify',
      summary: 'Sign up with the code',
      security: [],
      body: { schema: bodies.verification, sample: { phone, otp } },
      answers: { 200: signedIn('Registration completed successfully') },
      failures: failures([
        'code_invalid',
        'code_expired',
        'code_attempts_blocked',
        'phone_taken',
        'email_taken',
      ]),
    },
  ];
  const signIn: Operation[] = [
    {
      id: 'whatsappRequestLogin',
      method: 'post',
      path: '/api/auth-otp/request-login',
      summary: 'Send a code to sign in',
      security: [],
      body: { schema: bodies.onlyPhone, sample: { phone } },
      answers: {
        200: {
          description: 'It is sent, or waits for the person to write first.',
          schema: z.strictObject({
            success,
            message,
            data: sentData,
            challenge: uuid,
            userFirst: writtenFirst.optional(),
          }),
          sample: {
            success: true,
            message: 'OTP sent to your WhatsApp number for login verification.',
            data: SAMPLE_SENT,
            challenge: SAMPLE_ID,
          },
        },
      },
      failures: failures(
        [...SENDING_FAILURES, 'account_unknown', 'two_factor_required', 'account_inactive'],
        { data: sentData, challenge: uuid },
      ),
    },
    {
      id: 'whatsappVerifyLogin',
      method: 'post',
      path: '/api/auth-otp/verify-login',
      summary: 'Sign in with the code',
      security: [],
      body: { schema: bodies.verification, sample: { phone, otp } },
      answers: { 200: signedIn('Login successful') },
      failures: failures([
        'code_invalid',
        'code_expired',
        'code_attempts_blocked',
        'two_factor_required',
        'account_inactive',
      ]),
    },
  ];
  const others: Operation[] = [
    {
      id: 'whatsappMe',
      method: 'get',
      path: '/api/users/me',
      summary: 'Whose token this is',
      security: ['token'],
      answers: {
        200: {
          description: 'The account.',
          schema: z.strictObject({ success, data: z.strictObject({ user: resident }) }),
          sample: { success: true, data: { user: SAMPLE_RESIDENT } },
        },
      },
      failures: contractFailures(whatsappErrors, ['token_invalid', ...DOOR_FAILURES]),
    },
    {
      id: 'whatsappCleanUp',
      method: 'get',
      path: '/api/auth-otp/cleanup',
      summary: 'Delete codes that are over',
      description: 'In production for operators only.',
      security: ['apiKey', 'bearer', 'nobody'],
      answers: {
        200: {
          description: 'How many they were.',
          schema: z.strictObject({ success, message, data: z.strictObject({ deleted: count }) }),
          sample: { success: true, message: 'Expired OTPs cleaned up', data: { deleted: 3 } },
        },
      },
      failures: contractFailures(whatsappErrors, OPERATORS_DOOR_FAILURES),
    },
  ];
  return {
    name: 'WhatsApp contract',
    description: 'Sign up with an address, a password and a number; sign in with a code.',
    operations: [...signUp, ...signIn, ...others],
  };
}
