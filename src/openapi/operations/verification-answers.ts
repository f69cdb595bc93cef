import * as z from 'zod';
import { CODE_STATUSES } from '../../../database/schema.js';
import type { Answer } from '../operation.js';
import { attempt, count, moment, momentOrNull } from '../parts.js';

export const ID = 'ver_4hQm0uWqC2n5Jc1kT8xYbA';
const id = z.string().regex(/^ver_[\w-]{22}$/);

/** As its caller sees one. */
export const verification = z
  .strictObject({
    id,
    to: z.string().describe('E.164, or an e-mail address.'),
    status: z.enum(CODE_STATUSES),
    channel: z.string().nullable().describe('What went out last. Null: nothing, only the person can begin.'),
    route: z.array(z.string()),
    createdAt: moment,
    expiresAt: moment,
    checksLeft: count,
    sendsLeft: count,
    canResendAt: momentOrNull,
    nextStepAt: momentOrNull,
    pageUrl: z.string(),
    userFirst: z
      .strictObject({ link: z.string(), qr: z.string(), number: z.string(), text: z.string() })
      .nullable()
      .describe('What the person opens who has to write first.'),
    attempts: z.array(attempt),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
    lastProblem: z.enum(['sender_mismatch', 'sender_not_proven']).optional(),
    returnProof: z.string().optional().describe('Of an approved one whose hosted page was opened.'),
    test: z.literal(true).optional().describe('It is of a test number: nothing was sent.'),
  })
  .meta({ id: 'Verification' });

const checked = z.discriminatedUnion('valid', [
  z.strictObject({ id, status: z.literal('approved'), valid: z.literal(true) }),
  z.strictObject({ id, status: z.literal('pending'), valid: z.literal(false), checksLeft: count }),
]);

export const SAMPLE = {
  id: ID,
  to: '+201001234567',
  status: 'pending',
  channel: 'whatsapp',
  route: ['whatsapp'],
  createdAt: '2026-11-21T03:10:01.705Z',
  expiresAt: '2026-11-21T03:20:01.705Z',
  checksLeft: 5,
  sendsLeft: 4,
  canResendAt: '2026-11-21T03:10:31.705Z',
  nextStepAt: null,
  pageUrl: 'https://otp.example.com/v/4hQm0uWqC2n5Jc1kT8xYbAe1q7GZ0tYhV3mX9sLw2KpQ',
  userFirst: null,
  attempts: [
    {
      jobId: 12,
      channel: 'whatsapp',
      status: 'pending',
      sentAt: null,
      deliveredAt: null,
      readAt: null,
      error: null,
    },
  ],
  metadata: null,
};

export const shown = (description: string): Answer => ({ description, schema: verification, sample: SAMPLE });
export const CHECKED: Answer = {
  description: 'Whether the code is right.',
  schema: checked,
  sample: { id: ID, status: 'approved', valid: true },
};
