import * as z from 'zod';
import { gatewayFailures, MAX_WAIT_SECONDS, NOT_SENT } from '../failures.js';
import type { Failure, Surface } from '../operation.js';
import { count } from '../parts.js';

const ready = z.strictObject({
  status: z.literal('ready'),
  state: z.string().optional().describe('Of the WhatsApp number; with an API key only, like what follows.'),
  note: z.string().nullable().optional(),
});

const UNREADY = [...NOT_SENT, 'store_unavailable'] as const;

const notReady: Failure = {
  status: 503,
  codes: UNREADY,
  schema: z.strictObject({
    status: z.literal('not_ready'),
    code: z.enum(UNREADY),
    message: z.string().optional().describe('With an API key only, like what follows.'),
    reason: z.string().optional(),
    retryAfterSeconds: z.int().min(1).max(MAX_WAIT_SECONDS).optional(),
    state: z.string().optional(),
  }),
};

export const health: Surface = {
  name: 'Health',
  description: 'For balancers and monitors.',
  operations: [
    {
      id: 'healthz',
      method: 'get',
      path: '/healthz',
      summary: 'Whether the process answers',
      security: [],
      answers: {
        200: {
          description: 'It does.',
          schema: z.strictObject({ status: z.literal('ok'), uptimeSeconds: count }),
          sample: { status: 'ok', uptimeSeconds: 4_211 },
        },
      },
      failures: gatewayFailures('rate_limited'),
    },
    {
      id: 'readyz',
      method: 'get',
      path: '/readyz',
      summary: 'Whether a code could be delivered now',
      description: 'With an API key the answer says why not.',
      security: ['nobody', 'apiKey', 'bearer'],
      answers: { 200: { description: 'It could.', schema: ready, sample: { status: 'ready' } } },
      failures: [...gatewayFailures('rate_limited'), notReady],
    },
  ],
};
