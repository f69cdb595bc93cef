import * as z from 'zod';
import { changeBody, createBody, eventsField } from '../../api/webhooks/bodies.js';
import type { ErrorCode } from '../../errors.js';
import { BODY_FAILURES, gatewayFailures, KEY_FAILURES } from '../failures.js';
import type { Answer, Operation, Parameter, Surface } from '../operation.js';
import { count, moment, momentOrNull } from '../parts.js';

const ID = 'wh_Xk3v9TQ2mWc8Rj5Yb1Zp0A';
const DELIVERY_ID = 'msg_p5jXN8AQM9LWM0D4loKWxA';
const AT = '2026-11-21T03:10:01.705Z';
const security = ['apiKey', 'bearer'] as const;
const SECRET = 'whsec_wYJmZcX1R3v0b7QkT2sN8uH5dLqE4aPg6fKjWnVtMxo=';

const webhook = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    events: eventsField.nullable().describe('Null: all.'),
    fullNumbers: z.boolean().describe('Numbers and addresses of people are told whole, not masked.'),
    enabled: z.boolean(),
    createdAt: moment,
    disabledAt: momentOrNull,
    disabledFor: z
      .enum(['operator', 'gone', 'failing'])
      .nullable()
      .describe('Somebody wanted so, it answered 410, or nothing has arrived there for five days.'),
    formerSecretUntil: momentOrNull.describe('Until then the secret of before signs as well.'),
    failingSince: momentOrNull,
    lastArrivedAt: momentOrNull,
  })
  .meta({ id: 'Webhook' });
const withSecret = webhook
  .extend({ secret: z.string().describe('Shown this once.') })
  .meta({ id: 'WebhookWithSecret' });
const SAMPLE = {
  id: ID,
  url: 'https://example.com/hook',
  events: ['code.delivered', 'code.failed'],
  fullNumbers: false,
  enabled: true,
  createdAt: AT,
  disabledAt: null,
  disabledFor: null,
  formerSecretUntil: null,
  failingSince: null,
  lastArrivedAt: null,
};

const deliveryStatus = z.enum(['waiting', 'arrived', 'dead']);
const delivery = z
  .strictObject({
    id: z.string().describe('The webhook-id of all its attempts.'),
    type: z.string(),
    at: moment,
    status: deliveryStatus.describe('A dead one is not tried again by itself.'),
    attempts: count,
    nextAttemptAt: momentOrNull,
    lastAttempt: z
      .strictObject({
        at: moment,
        tookMs: count,
        httpStatus: z.int().nullable(),
        problem: z.string().nullable(),
        answer: z.string().nullable().describe('How the answer began.'),
      })
      .nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
const DELIVERY = {
  id: DELIVERY_ID,
  type: 'webhook.test',
  at: AT,
  status: 'arrived',
  attempts: 1,
  nextAttemptAt: null,
  lastAttempt: { at: AT, tookMs: 41, httpStatus: 204, problem: null, answer: null },
};

const which: Parameter = {
  name: 'id',
  in: 'path',
  description: 'Of the answer that made it.',
  schema: z.string(),
  sample: ID,
};
const shown = (description: string): Answer => ({ description, schema: webhook, sample: SAMPLE });
const secret = (description: string): Answer => ({
  description,
  schema: withSecret,
  sample: { ...SAMPLE, secret: SECRET },
});
const asking = (...codes: ErrorCode[]) => gatewayFailures(...codes, ...KEY_FAILURES);
const BODY = ['fields_invalid', ...BODY_FAILURES] as const;

const of = (id: string, method: Operation['method'], path: string, summary: string) => ({
  id,
  method,
  path: `/api/v1/webhooks${path}`,
  summary,
  security,
  ...(path.startsWith('/{id}') && { parameters: [which] }),
});

export const webhooks: Surface = {
  name: 'Webhooks',
  description:
    'What happens, told to an address of yours: Standard Webhooks 1.0, so that any of its libraries verifies them. Each key has its own.',
  operations: [
    {
      ...of('createWebhook', 'post', '', 'Make a webhook'),
      description: 'Private addresses and plain http are refused, unless the server allows them.',
      body: { schema: createBody, sample: { url: SAMPLE.url, events: SAMPLE.events } },
      answers: { 201: secret('It hears what happens from now on.') },
      failures: asking('webhooks_full', ...BODY),
    },
    {
      ...of('listWebhooks', 'get', '', 'All webhooks of the key'),
      answers: {
        200: {
          description: 'The oldest first, without their secrets.',
          schema: z.strictObject({ webhooks: z.array(webhook) }),
          sample: { webhooks: [SAMPLE] },
        },
      },
      failures: asking(),
    },
    {
      ...of('getWebhook', 'get', '/{id}', 'One webhook'),
      answers: { 200: shown('Without its secret.') },
      failures: asking('webhook_not_found', 'bad_request'),
    },
    {
      ...of('changeWebhook', 'patch', '/{id}', 'Change a webhook'),
      description: 'What is left out stays as it is. One that is enabled again begins anew.',
      body: { schema: changeBody, sample: { events: null, fullNumbers: true } },
      answers: { 200: shown('As it is now.') },
      failures: asking('webhook_not_found', 'bad_request', ...BODY),
    },
    {
      ...of('deleteWebhook', 'delete', '/{id}', 'Remove a webhook'),
      answers: { 204: { description: 'It is gone, with all that was to be sent to it.', schema: null } },
      failures: asking('webhook_not_found', 'bad_request'),
    },
    {
      ...of('rotateWebhook', 'post', '/{id}/rotate', 'A new secret'),
      description: 'The present one signs beside it for 24 hours.',
      answers: { 200: secret('With the new secret.') },
      failures: asking('webhook_not_found', 'bad_request'),
    },
    {
      ...of('testWebhook', 'post', '/{id}/test', 'Send a test'),
      description: 'An event of the type webhook.test, once, and what came of it within 15 seconds.',
      answers: { 200: { description: 'The delivery.', schema: delivery, sample: DELIVERY } },
      failures: asking('webhook_not_found', 'bad_request'),
    },
    {
      ...of('listWebhookDeliveries', 'get', '/{id}/deliveries', 'The last 50 deliveries'),
      parameters: [
        which,
        { name: 'status', in: 'query', description: 'Only in this state.', schema: deliveryStatus },
      ],
      answers: {
        200: {
          description: 'The newest first.',
          schema: z.strictObject({ deliveries: z.array(delivery) }),
          sample: { deliveries: [DELIVERY] },
        },
      },
      failures: asking('webhook_not_found', 'bad_request', 'fields_invalid'),
    },
    {
      ...of('replayWebhookDelivery', 'post', '/{id}/deliveries/{deliveryId}/replay', 'Send a dead one again'),
      description: 'Under the same id, with all its retries.',
      parameters: [
        which,
        {
          name: 'deliveryId',
          in: 'path',
          description: 'Of the list.',
          schema: z.string(),
          sample: DELIVERY_ID,
        },
      ],
      answers: {
        200: { description: 'It waits.', schema: delivery, sample: { ...DELIVERY, status: 'waiting' } },
      },
      failures: asking('webhook_not_found', 'bad_request', 'delivery_not_found', 'delivery_not_dead'),
    },
  ],
};
