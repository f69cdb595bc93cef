import * as z from 'zod';
import { phoneBodies } from '../../../contracts/bodies/phone.js';
import { phoneErrors } from '../../../contracts/phone.js';
import type { ErrorCode } from '../../../errors.js';
import {
  contractFailures,
  JSON_DOOR_FAILURES,
  OPERATORS_DOOR_FAILURES,
  SENDING_FAILURES,
  writtenFirst,
} from '../../contract-failures.js';
import type { Surface } from '../../operation.js';
import { accountId, moment, PAGES, proven, SAMPLE_ID, SAMPLE_TOKEN, uuid } from '../../parts.js';
import type { DocumentSettings } from '../../settings.js';

const user = {
  _id: accountId,
  phoneNumber: z.string(),
  name: z.string(),
  isVerified: z.literal(true),
  createdAt: moment,
  updatedAt: moment,
};
const message = z.string();

const SAMPLE_USER = {
  _id: SAMPLE_ID,
  phoneNumber: '9876501234',
  name: 'Asha S',
  isVerified: true,
  createdAt: '2026-11-21T03:10:01.705Z',
  updatedAt: '2026-11-21T03:10:01.705Z',
};

/** A number, a code, a token. */
export function phone({ rules, defaultCountry }: DocumentSettings): Surface {
  const bodies = phoneBodies(rules.phone, defaultCountry);
  const failures = (codes: readonly ErrorCode[], beside?: z.ZodRawShape) =>
    contractFailures(phoneErrors, [...codes, ...JSON_DOOR_FAILURES], beside);
  const otp = '4'.repeat(rules.phone.codes.length);
  return {
    name: 'Phone contract',
    description: 'Sign up and sign in with a number and a code.',
    operations: [
      {
        id: 'phoneRegister',
        method: 'post',
        path: '/api/users/register',
        summary: 'Send a code to sign up',
        security: [],
        body: { schema: bodies.registration, sample: { phoneNumber: '9876501234', name: 'Asha S' } },
        answers: {
          200: {
            description: 'It is sent.',
            schema: z.strictObject({ message, registration: uuid }),
            sample: { message: 'OTP sent successfully for registration', registration: SAMPLE_ID },
          },
        },
        failures: failures([...SENDING_FAILURES, 'phone_taken'], { registration: uuid }),
      },
      {
        id: 'phoneLogin',
        method: 'post',
        path: '/api/users/login',
        summary: 'Send a code to sign in',
        security: [],
        body: { schema: bodies.login, sample: { phoneNumber: '9876501234' } },
        answers: {
          200: {
            description: 'It is sent, or waits for the person to write first.',
            schema: z.strictObject({ message, challenge: uuid, userFirst: writtenFirst.optional() }),
            sample: { message: 'OTP sent successfully for login', challenge: SAMPLE_ID },
          },
        },
        failures: failures(
          [...SENDING_FAILURES, 'account_unknown', 'two_factor_required', 'account_inactive'],
          { challenge: uuid },
        ),
      },
      {
        id: 'phoneVerify',
        method: 'post',
        path: '/api/otp/verify',
        summary: 'Sign up or sign in with the code',
        security: [],
        body: { schema: bodies.verification, sample: { phoneNumber: '9876501234', otp, mode: 'login' } },
        answers: {
          200: {
            description: 'Signed in.',
            schema: z.strictObject({
              message,
              user: z.strictObject({ ...user, __v: z.literal(0), ...proven }),
              token: z.string(),
            }),
            sample: {
              message: 'Login successful',
              user: { ...SAMPLE_USER, __v: 0, email_verified: false, phone_verified: true },
              token: SAMPLE_TOKEN,
            },
          },
          201: {
            description: 'Signed up.',
            schema: z.strictObject({ message }),
            sample: { message: 'User registered successfully' },
          },
        },
        failures: failures([
          'code_invalid',
          'code_expired',
          'code_attempts_blocked',
          'phone_taken',
          'two_factor_required',
          'account_inactive',
        ]),
      },
      {
        id: 'phoneListUsers',
        method: 'get',
        path: '/api/users/get-all-users',
        summary: 'All who signed up with a number',
        description: 'In production for operators only.',
        security: ['apiKey', 'bearer', 'nobody'],
        parameters: PAGES,
        answers: {
          200: {
            description: 'A page of them, the oldest first.',
            schema: z.strictObject({ users: z.array(z.strictObject(user)) }),
            sample: { users: [SAMPLE_USER] },
          },
        },
        failures: contractFailures(phoneErrors, OPERATORS_DOOR_FAILURES),
      },
    ],
  };
}
