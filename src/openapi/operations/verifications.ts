import * as z from 'zod';
import { CODE_STATUSES } from '../../../database/schema.js';
import { checkBody, checkByContactBody, resendBody, startBody } from '../../api/verifications/bodies.js';
import type { ErrorCode } from '../../errors.js';
import { BODY_FAILURES, gatewayFailures, IDEMPOTENCY_FAILURES, KEY_FAILURES, NOT_SENT } from '../failures.js';
import type { Operation, Parameter, Surface } from '../operation.js';
import { idempotencyKey } from '../parts.js';
import { CHECKED, ID, SAMPLE, shown, verification } from './verification-answers.js';

const which: Parameter = {
  name: 'id',
  in: 'path',
  description: 'Of the answer that started it.',
  schema: z.string(),
  sample: ID,
};
const clientAddress: Parameter = {
  name: 'X-Client-Address',
  in: 'header',
  description: "The person's network address, if clientIp does not tell it.",
  schema: z.string(),
};

const security = ['apiKey', 'bearer'] as const;
const asking = (...codes: ErrorCode[]) => gatewayFailures(...codes, ...KEY_FAILURES);
const posting = (...codes: ErrorCode[]) => asking('fields_invalid', ...codes, ...BODY_FAILURES);

const START: Operation = {
  id: 'startVerification',
  method: 'post',
  path: '/api/v1/verifications',
  summary: 'Start a verification',
  description:
    'The same key, to, action and client again, while one is pending: the same verification, and another send.',
  security,
  parameters: [idempotencyKey, clientAddress],
  body: {
    schema: startBody,
    sample: { to: '+201001234567', action: 'sign in', client: 's_81f2', clientIp: '203.0.113.7' },
  },
  answers: { 201: shown('It is started.') },
  failures: posting(
    ...IDEMPOTENCY_FAILURES,
    'test_number_refused',
    'max_checks_reached',
    'max_sends_reached',
    'resend_too_soon',
    'email_unavailable',
    ...NOT_SENT,
  ),
};

const LIST: Operation = {
  id: 'listVerifications',
  method: 'get',
  path: '/api/v1/verifications',
  summary: "The key's own verifications",
  security,
  parameters: [
    { name: 'to', in: 'query', description: 'Only of this contact.', schema: z.string() },
    { name: 'status', in: 'query', description: 'Only in this state.', schema: z.enum(CODE_STATUSES) },
    {
      name: 'limit',
      in: 'query',
      description: 'How many on a page. Default: 20.',
      schema: z.int().min(1).max(100),
    },
    { name: 'cursor', in: 'query', description: 'The nextCursor of the page before.', schema: z.string() },
  ],
  answers: {
    200: {
      description: 'A page of them, the newest first.',
      schema: z.strictObject({
        verifications: z.array(verification),
        nextCursor: z.string().nullable().describe('Null: this is the last page.'),
      }),
      sample: { verifications: [SAMPLE], nextCursor: null },
    },
  },
  failures: asking('fields_invalid'),
};

const FIND: Operation = {
  id: 'getVerification',
  method: 'get',
  path: '/api/v1/verifications/{id}',
  summary: 'How far a verification is',
  description: 'One that has ended can be seen for 24 hours.',
  security,
  parameters: [
    which,
    {
      name: 'wait',
      in: 'query',
      description: 'Hold the answer until something changes, for so many seconds.',
      schema: z.int().min(0).max(25),
    },
  ],
  answers: { 200: shown('How far it is.') },
  failures: asking('verification_not_found', 'fields_invalid', 'bad_request'),
};

const ENDING = ['verification_not_found', 'max_checks_reached'] as const satisfies ErrorCode[];

/** Codes that this server checks. */
export const verifications: Surface = {
  name: 'Verifications',
  description: 'Codes that this server checks. New apps should take these.',
  operations: [
    START,
    FIND,
    {
      id: 'checkVerification',
      method: 'post',
      path: '/api/v1/verifications/{id}/check',
      summary: 'Check a code',
      description: 'Approved once; five wrong checks end the tries.',
      security,
      parameters: [which, clientAddress],
      body: { schema: checkBody, sample: { code: '123456' } },
      answers: { 200: CHECKED },
      failures: posting(...ENDING),
    },
    {
      id: 'checkVerificationByContact',
      method: 'post',
      path: '/api/v1/verifications/check',
      summary: 'Check a code by what its verification was started with',
      security,
      parameters: [clientAddress],
      body: {
        schema: checkByContactBody,
        sample: { to: '+201001234567', code: '123456', action: 'sign in', client: 's_81f2' },
      },
      answers: { 200: CHECKED },
      failures: posting(...ENDING),
    },
    {
      id: 'resendVerification',
      method: 'post',
      path: '/api/v1/verifications/{id}/resend',
      summary: 'Send the same code again',
      description: 'Five sends at most, starts among them, 30 seconds apart.',
      security,
      parameters: [which, clientAddress],
      body: { schema: resendBody, required: false, sample: { channel: 'sms' } },
      answers: { 200: shown('It is sent again.') },
      failures: posting(...ENDING, 'max_sends_reached', 'resend_too_soon', 'email_unavailable', ...NOT_SENT),
    },
    {
      id: 'cancelVerification',
      method: 'post',
      path: '/api/v1/verifications/{id}/cancel',
      summary: 'Cancel a verification',
      description: 'Nothing more is sent. One that is canceled stays so.',
      security,
      parameters: [which],
      answers: { 200: shown('It is canceled.') },
      failures: asking('verification_not_found', 'bad_request'),
    },
    LIST,
  ],
};
