import * as z from 'zod';
import { sendBody } from '../../api/send-body.js';
import { BODY_FAILURES, gatewayFailures, IDEMPOTENCY_FAILURES, KEY_FAILURES, NOT_SENT } from '../failures.js';
import type { Surface } from '../operation.js';
import { count, idempotencyKey, jobId, moment } from '../parts.js';
import { job, jobInPath } from './code-answers.js';
import { ownCodes } from './own-codes.js';

const accepted = z.strictObject({
  message: z.string(),
  otp: z.string().describe('The code. It is for your back end alone.'),
  jobId,
  phoneNumber: z.string().describe('As it was understood: E.164.'),
  otp_expires_at: moment,
  estimated_delivery_seconds: count.nullable().describe('Null: nobody can know.'),
});

/** Codes that the caller checks itself. */
export const codes: Surface = {
  name: 'Codes',
  description: 'Codes that your back end checks itself.',
  operations: [
    {
      id: 'sendOtp',
      method: 'post',
      path: '/api/v1/otp/send',
      summary: 'Send a code',
      description:
        'The code is stored durably before this answers. It replaces one for the same person that still waits.',
      security: ['apiKey', 'bearer'],
      parameters: [idempotencyKey],
      body: { schema: sendBody, sample: { phoneNumber: '+201001234567' } },
      answers: {
        202: {
          description: 'It is stored and will be sent.',
          schema: accepted,
          sample: {
            message: 'OTP request accepted and has been queued for sending.',
            otp: '4867',
            jobId: 1,
            phoneNumber: '+201001234567',
            otp_expires_at: '2026-11-21T03:15:01.705Z',
            estimated_delivery_seconds: 1,
          },
        },
      },
      failures: gatewayFailures(
        'phone_number_required',
        'phone_number_invalid',
        'fields_invalid',
        ...IDEMPOTENCY_FAILURES,
        ...BODY_FAILURES,
        ...KEY_FAILURES,
        ...NOT_SENT,
      ),
    },
    {
      id: 'getOtp',
      method: 'get',
      path: '/api/v1/otp/{jobId}',
      summary: 'What became of a code',
      description: 'A key sees its own, that of the environment all of them. The code is never told.',
      security: ['apiKey', 'bearer'],
      parameters: [jobInPath],
      answers: {
        200: {
          description: 'What is known.',
          schema: job,
          sample: {
            jobId: 1,
            phoneNumber: '+201001234567',
            status: 'sent',
            createdAt: '2026-11-21T03:10:01.705Z',
            sentAt: '2026-11-21T03:10:01.776Z',
            deliveredAt: '2026-11-21T03:10:01.802Z',
            readAt: null,
            otp_expires_at: '2026-11-21T03:15:01.705Z',
            error: null,
            attempts: [
              {
                jobId: 1,
                channel: 'whatsapp',
                status: 'sent',
                sentAt: '2026-11-21T03:10:01.776Z',
                deliveredAt: '2026-11-21T03:10:01.802Z',
                readAt: null,
                error: null,
              },
            ],
          },
        },
      },
      failures: gatewayFailures('job_not_found', 'bad_request', ...KEY_FAILURES),
    },
    ...ownCodes,
  ],
};
