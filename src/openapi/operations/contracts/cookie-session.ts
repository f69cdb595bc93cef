import * as z from 'zod';
import { cookieErrors } from '../../../contracts/cookie/errors.js';
import { contractFailures, DOOR_FAILURES, JSON_DOOR_FAILURES } from '../../contract-failures.js';
import type { Operation } from '../../operation.js';
import { accountId, proven, SAMPLE_ID } from '../../parts.js';

const success = z.literal(true);
const message = z.string();
const EMAIL = 'mira@example.com';
const PROVEN = { email_verified: true, phone_verified: false };

/** Read by hand, as the contract documents one text for whatever is missing. */
const login = z.object({ email: z.string().min(1), password: z.string().min(1) });

/** Signing in and out, and what the cookie gives access to. */
export const SESSION: Operation[] = [
  {
    id: 'cookieLogin',
    method: 'post',
    path: '/login',
    summary: 'Sign in with a password',
    security: [],
    body: { schema: login, sample: { email: EMAIL, password: 'seven green kites' } },
    answers: {
      201: {
        description: 'Signed in: the cookie is set.',
        schema: z.strictObject({ message, success, ...proven }),
        sample: { message: 'User logged in successfully', success: true, ...PROVEN },
      },
    },
    failures: contractFailures(cookieErrors, [
      'credentials_missing',
      'credentials_wrong',
      'uses_google',
      'account_inactive',
      'two_factor_required',
      'csrf_token_invalid',
      'too_busy',
      ...JSON_DOOR_FAILURES,
    ]),
  },
  {
    id: 'cookieLogout',
    method: 'post',
    path: '/logout',
    summary: 'Sign out',
    description: 'The token is over, whoever has a copy.',
    security: ['cookie', 'nobody'],
    answers: {
      200: {
        description: 'Signed out.',
        schema: z.strictObject({ message, success }),
        sample: { message: 'User logged out successfully', success: true },
      },
    },
    failures: contractFailures(cookieErrors, ['csrf_token_invalid', ...DOOR_FAILURES]),
  },
  {
    id: 'cookieWhoAmI',
    method: 'post',
    path: '/',
    summary: 'Who is signed in',
    security: ['cookie', 'nobody'],
    answers: {
      200: {
        description: 'The name; `status` is false when nobody is.',
        schema: z.union([
          z.strictObject({ status: z.literal(true), user: z.string().nullable() }),
          z.strictObject({ status: z.literal(false) }),
        ]),
        sample: { status: true, user: 'mira' },
      },
    },
    failures: contractFailures(cookieErrors, ['csrf_token_invalid', ...DOOR_FAILURES]),
  },
  {
    id: 'cookieProtected',
    method: 'get',
    path: '/protected',
    summary: 'Something for those who are signed in',
    security: ['cookie'],
    answers: {
      200: {
        description: 'The account.',
        schema: z.strictObject({
          success,
          message,
          user: z.strictObject({
            id: accountId,
            username: z.string().nullable(),
            email: z.string().nullable(),
            ...proven,
          }),
        }),
        sample: {
          success: true,
          message: 'Access granted to protected route',
          user: { id: SAMPLE_ID, username: 'mira', email: EMAIL, ...PROVEN },
        },
      },
    },
    failures: contractFailures(cookieErrors, [
      'token_missing',
      'token_invalid',
      'token_user_gone',
      ...DOOR_FAILURES,
    ]),
  },
];
