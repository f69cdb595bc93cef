import * as z from 'zod';
import { MAX_LIMIT } from '../../api/own-otp.js';
import { SHOWN_STATUSES } from '../../delivery/job.js';
import { gatewayFailures, KEY_FAILURES } from '../failures.js';
import type { Operation } from '../operation.js';
import { CANCELED_ERROR, job, jobInPath, listedJob, WITHOUT_RECEIPT } from './code-answers.js';

/** What a key does with codes that it has asked for. */
export const ownCodes: Operation[] = [
  {
    id: 'listOtps',
    method: 'get',
    path: '/api/v1/otp',
    summary: 'List the messages that a key has asked for',
    description:
      'The newest first. A page looks at a bounded number of messages: it may be short, or empty, and have a next one.',
    security: ['apiKey', 'bearer'],
    parameters: [
      {
        name: 'phoneNumber',
        in: 'query',
        description: 'Those to this number, in E.164.',
        schema: z.string(),
      },
      {
        name: 'status',
        in: 'query',
        description: 'Those with this status.',
        schema: z.enum(SHOWN_STATUSES),
      },
      {
        name: 'limit',
        in: 'query',
        description: 'By default 20.',
        schema: z.int().min(1).max(MAX_LIMIT),
      },
      {
        name: 'cursor',
        in: 'query',
        description: 'The nextCursor of the page before.',
        schema: z.string().regex(/^\d{1,15}$/),
      },
    ],
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({
          jobs: z.array(listedJob),
          nextCursor: z.string().nullable().describe('Null: this is the last page.'),
        }),
        sample: {
          jobs: [
            {
              jobId: 1,
              phoneNumber: '+201001234567',
              channel: 'whatsapp',
              status: 'sent',
              createdAt: '2026-11-21T03:10:01.705Z',
              sentAt: '2026-11-21T03:10:01.776Z',
              deliveredAt: null,
              readAt: null,
              otp_expires_at: '2026-11-21T03:15:01.705Z',
              error: null,
            },
          ],
          nextCursor: null,
        },
      },
    },
    failures: gatewayFailures('fields_invalid', 'bad_request', ...KEY_FAILURES),
  },
  {
    id: 'cancelOtp',
    method: 'post',
    path: '/api/v1/otp/{jobId}/cancel',
    summary: 'Cancel a code',
    description:
      'Ends all steps of the code that the job belongs to. What may be on its way already stays as it is.',
    security: ['apiKey', 'bearer'],
    parameters: [jobInPath],
    answers: {
      200: {
        description: 'Something of it was stopped.',
        schema: job,
        sample: {
          ...WITHOUT_RECEIPT,
          status: 'canceled',
          error: CANCELED_ERROR,
          attempts: [
            {
              jobId: 1,
              channel: 'whatsapp',
              status: 'canceled',
              sentAt: null,
              deliveredAt: null,
              readAt: null,
              error: CANCELED_ERROR,
            },
          ],
        },
      },
    },
    failures: gatewayFailures('job_not_found', 'job_not_cancelable', 'bad_request', ...KEY_FAILURES),
  },
];
