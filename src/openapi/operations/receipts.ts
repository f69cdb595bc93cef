import * as z from 'zod';
import { gatewayFailures } from '../failures.js';
import type { Operation, Surface } from '../operation.js';

const receipt: Pick<Operation, 'path' | 'security' | 'parameters' | 'answers' | 'failures'> = {
  path: '/providers/{channel}/{key}',
  security: [],
  parameters: [
    {
      name: 'channel',
      in: 'path',
      description: 'The channel of the provider.',
      schema: z.string(),
      sample: 'sms',
    },
    {
      name: 'key',
      in: 'path',
      description: 'What the address ends in that the dashboard shows.',
      schema: z.string(),
      sample: 'k8Jx2',
    },
  ],
  answers: {
    200: {
      description: 'Taken.',
      schema: z.strictObject({ received: z.literal(true) }),
      sample: { received: true },
    },
  },
  failures: gatewayFailures(
    'not_found',
    'signature_invalid',
    'bad_request',
    'body_too_large',
    'unsupported_media_type',
    'rate_limited',
    'internal',
  ),
};

/** What providers report about messages. */
export const receipts: Surface = {
  name: 'Receipts of providers',
  description: 'For providers, which sign what they send. Each has a form of its own.',
  operations: [
    {
      ...receipt,
      id: 'reportByPost',
      method: 'post',
      summary: 'Report what became of messages',
      body: {
        schema: z.unknown(),
        type: 'application/x-www-form-urlencoded',
        sample: { status: 'delivered' },
      },
    },
    { ...receipt, id: 'reportByGet', method: 'get', summary: 'Report what became of a message' },
  ],
};
