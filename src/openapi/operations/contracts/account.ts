import * as z from 'zod';
import { accountErrors } from '../../../contracts/account/errors.js';
import { accountBodies } from '../../../contracts/bodies/account.js';
import type { ErrorCode } from '../../../errors.js';
import {
  contractFailures,
  DOOR_FAILURES,
  JSON_DOOR_FAILURES,
  SENDING_FAILURES,
  writtenFirst,
} from '../../contract-failures.js';
import type { Answer, Operation, Surface } from '../../operation.js';
import type { DocumentSettings } from '../../settings.js';

const success = z.literal(true);
const message = z.string();

const says = (text: string, description = 'Done.'): Answer => ({
  description,
  schema: z.strictObject({ success, message }),
  sample: { success: true, message: text },
});

const HOLDER = ['token_invalid', 'csrf_token_invalid'] as const satisfies ErrorCode[];
const PASSWORD = 'nine quiet rivers';

/** What people do with their own accounts, whichever contract they signed up through. */
export function account({ rules, defaultCountry }: DocumentSettings): Surface {
  const { change, forgot, reset } = accountBodies(rules.account, defaultCountry);
  const code = '4'.repeat(rules.account.codes.length);
  const failures = (...codes: ErrorCode[]) =>
    contractFailures(accountErrors, [...codes, ...JSON_DOOR_FAILURES]);
  const operations: Operation[] = [
    {
      id: 'accountChangePassword',
      method: 'post',
      path: '/account/password',
      summary: 'Change the password',
      description: 'Proven by the present password or by a code. It ends every token of the account.',
      security: ['token', 'cookie'],
      body: { schema: change, sample: { currentPassword: 'seven green kites', newPassword: PASSWORD } },
      answers: { 200: says('The password is changed. Please sign in again.') },
      failures: failures(
        ...HOLDER,
        'credentials_wrong',
        'code_invalid',
        'code_expired',
        'code_attempts_blocked',
        'password_unfit',
        'account_inactive',
        'too_busy',
      ),
    },
    {
      id: 'accountSendCode',
      method: 'post',
      path: '/account/password/code',
      summary: 'Send a code to change the password with',
      security: ['token', 'cookie'],
      answers: { 200: says('A code was sent to your email.', 'It is sent.') },
      failures: failures(...HOLDER, ...SENDING_FAILURES, 'account_inactive'),
    },
    {
      id: 'accountSignOutEverywhere',
      method: 'post',
      path: '/account/sign-out-everywhere',
      summary: 'End every token of the account',
      security: ['token', 'cookie'],
      answers: { 200: says('You are signed out everywhere.') },
      failures: contractFailures(accountErrors, [...HOLDER, ...DOOR_FAILURES]),
    },
    {
      id: 'accountForgot',
      method: 'post',
      path: '/account/forgot',
      summary: 'Send a code to those who forgot their password',
      description: 'Known and unknown contacts get the same answer.',
      security: [],
      body: { schema: forgot, sample: { email: 'mira@example.com' } },
      answers: {
        200: {
          description: 'It is sent if there is such an account.',
          schema: z.strictObject({ success, message, userFirst: writtenFirst.optional() }),
          sample: {
            success: true,
            message: 'If there is an account with this contact, a code is on its way.',
          },
        },
      },
      failures: failures(...SENDING_FAILURES),
    },
    {
      id: 'accountReset',
      method: 'post',
      path: '/account/reset',
      summary: 'Choose a new password with the code',
      security: [],
      body: { schema: reset, sample: { email: 'mira@example.com', code, newPassword: PASSWORD } },
      answers: { 200: says('The password is changed. Please sign in with it.') },
      failures: failures(
        'code_invalid',
        'code_expired',
        'code_attempts_blocked',
        'password_unfit',
        'too_busy',
      ),
    },
  ];
  return {
    name: 'Own account',
    description: 'For whoever signed up through any of the contracts.',
    operations,
  };
}
