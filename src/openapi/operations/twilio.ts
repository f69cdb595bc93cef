import * as z from 'zod';
import { changeForm, checkForm, startForm } from '../../twilio/fields.js';
import { byStatus, wait } from '../failures.js';
import type { Operation, Parameter, Surface } from '../operation.js';
import { CODE_STATUS, check, service, serviceList, summary, verification } from './twilio-answers.js';
import { samples } from './twilio-samples.js';

/** Among those of 403 are failures that are 503 elsewhere. */
const WAITING = [403, 429, 503];

const refusal = (status: number, codes: number[]) =>
  z.strictObject({
    code: z.literal(codes),
    message: z.string().describe('The text that applications compare.'),
    more_info: z.string(),
    status: z.literal(status),
    ...(WAITING.includes(status) && wait),
  });

/** @param codes beside those that every operation has. */
function failures(...codes: number[]) {
  const all = [20003, 20403, 20404, 20429, 20500, 20503, ...codes];
  return byStatus(all, (code) => CODE_STATUS[code] ?? code - 20_000, refusal);
}

/** Of a form. */
const FORM = [20400, 20413, 20415, 60200];

const serviceSid: Parameter = {
  name: 'ServiceSid',
  in: 'path',
  description: 'VA and 32 hex digits: the service of the key.',
  schema: z.string().regex(/^VA[0-9a-f]{32}$/i),
  sample: samples.serviceSid,
};

const sid: Parameter = {
  name: 'Sid',
  in: 'path',
  description: 'VE and 32 hex digits; while it is pending, also its number or address.',
  schema: z.string(),
  sample: samples.pending.sid,
};

const form = 'application/x-www-form-urlencoded' as const;
const common = { security: ['basic'] } satisfies Pick<Operation, 'security'>;

/** Verify v2, as Twilio's clients speak it. */
export const twilio: Surface = {
  name: 'Twilio Verify v2',
  description:
    'For apps that speak it already: Basic authentication with the account or key sid and an API key, forms, and Twilio’s own errors. New apps take Verifications.',
  operations: [
    {
      ...common,
      id: 'twilioListServices',
      method: 'get',
      path: '/v2/Services',
      summary: 'List the service of the key',
      description: 'Any account that is well formed will do here, with the right key.',
      answers: {
        200: { description: 'A list with one page.', schema: serviceList, sample: samples.services },
      },
      failures: failures(),
    },
    {
      ...common,
      id: 'twilioFetchService',
      method: 'get',
      path: '/v2/Services/{ServiceSid}',
      summary: 'Fetch the service',
      parameters: [serviceSid],
      answers: { 200: { description: 'The service.', schema: service, sample: samples.service } },
      failures: failures(20400),
    },
    {
      ...common,
      id: 'twilioStartVerification',
      method: 'post',
      path: '/v2/Services/{ServiceSid}/Verifications',
      summary: 'Start a verification, or send its code again',
      description:
        'While one is pending for the same To, the same code goes out again under the same sid, five times in all and at most every 30 seconds.',
      parameters: [serviceSid],
      body: { schema: startForm, type: form, sample: { To: '+201001234567', Channel: 'whatsapp' } },
      answers: {
        201: { description: 'The code will be sent.', schema: verification, sample: samples.pending },
      },
      failures: failures(...FORM, 60202, 60203, 60212, 60223, 60228, 60238, 60410, 60605),
    },
    {
      ...common,
      id: 'twilioCheckVerification',
      method: 'post',
      path: '/v2/Services/{ServiceSid}/VerificationCheck',
      summary: 'Check a code',
      description: 'A wrong code is no failure: status is pending and valid is false, five times.',
      parameters: [serviceSid],
      body: { schema: checkForm, type: form, sample: { To: '+201001234567', Code: '123456' } },
      answers: { 200: { description: 'Whether it was the code.', schema: check, sample: samples.check } },
      failures: failures(...FORM, 60202, 60221),
    },
    {
      ...common,
      id: 'twilioFetchVerification',
      method: 'get',
      path: '/v2/Services/{ServiceSid}/Verifications/{Sid}',
      summary: 'Fetch a verification',
      description:
        'One that was approved or canceled is there for another minute, one that was used up by wrong checks until its ten minutes are over.',
      parameters: [serviceSid, sid],
      answers: { 200: { description: 'The verification.', schema: verification, sample: samples.pending } },
      failures: failures(20400),
    },
    {
      ...common,
      id: 'twilioUpdateVerification',
      method: 'post',
      path: '/v2/Services/{ServiceSid}/Verifications/{Sid}',
      summary: 'Cancel a verification, or report it approved',
      parameters: [serviceSid, sid],
      body: { schema: changeForm, type: form, sample: { Status: 'canceled' } },
      answers: {
        200: {
          description: 'The verification as it is now.',
          schema: verification,
          sample: samples.canceled,
        },
      },
      failures: failures(...FORM, 60202),
    },
    {
      ...common,
      id: 'twilioFetchAttemptsSummary',
      method: 'get',
      path: '/v2/Attempts/Summary',
      summary: 'Count sends and approvals',
      description: 'Of the key’s verifications that ended less than a day ago or not at all.',
      parameters: [
        {
          name: 'VerifyServiceSid',
          in: 'query',
          description: 'The service of the key.',
          schema: z.string(),
        },
        { name: 'DateCreatedAfter', in: 'query', description: 'From this moment on.', schema: z.string() },
        { name: 'DateCreatedBefore', in: 'query', description: 'Before this moment.', schema: z.string() },
      ],
      answers: { 200: { description: 'The counts.', schema: summary, sample: samples.summary } },
      failures: failures(60200),
    },
  ],
};
