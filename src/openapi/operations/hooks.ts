import * as z from 'zod';
import type { ErrorCode } from '../../errors.js';
import { STATUS } from '../../http/statuses.js';
import { byStatus, NOT_SENT, wait } from '../failures.js';
import type { Surface } from '../operation.js';

const inOurWords = z.strictObject({
  message: z.string().describe('One sentence, fit for people.'),
  code: z.string(),
  reason: z.string().optional(),
  ...wait,
});

const inTheWordsOfSupabase = z.strictObject({
  error: z.strictObject({ http_code: z.int().min(400).max(599), message: z.string() }),
});

const inTheWordsOfAuthgear = z.strictObject({
  code: z.enum([
    'invalid_phone_number',
    'rate_limited',
    'authentication_failed',
    'unsupported_request',
    'timeout',
    'unknown_error',
  ]),
  description: z.string(),
  info: z.strictObject({ provider_name: z.string(), provider_error_code: z.string() }),
});

/** Each auth server reads refusals in its own words. */
const refused = z.union([inOurWords, inTheWordsOfSupabase, inTheWordsOfAuthgear]).meta({ id: 'HookRefusal' });

const REFUSALS = [
  'bad_request',
  'body_too_large',
  'unsupported_media_type',
  'signature_invalid',
  'not_found',
  'phone_number_invalid',
  'rate_limited',
  'store_unavailable',
  ...NOT_SENT,
  'email_unavailable',
] as const satisfies ErrorCode[];

/** Where hooks answer another status than our own API. */
const OTHERWISE: Partial<Record<ErrorCode, number>> = {
  body_too_large: 400,
  unsupported_media_type: 400,
  phone_number_invalid: 422,
};

/** Auth servers that hand us their codes. */
export const hooks: Surface = {
  name: 'Hooks',
  description: 'Auth servers hand over the codes that they have made, to be sent.',
  operations: [
    {
      id: 'callHook',
      method: 'post',
      path: '/hooks/{hookId}',
      summary: 'Hand over a code',
      description:
        'What an auth server sends depends on the preset of its hook: this is the one for any server. It is signed with the secret of the hook, as that auth server signs; here with Authorization: Bearer. The code is stored durably before this answers, and a double is sent once. Supabase is told refusals with 200, Ory Kratos and ZITADEL those that another attempt would not change; authentik is told them in plain text.',
      security: [],
      parameters: [
        {
          name: 'hookId',
          in: 'path',
          description: 'Of the hook, as it was made.',
          schema: z.string().regex(/^[0-9a-f]{16}$/),
          sample: '9b5ecd59aef0a923',
        },
      ],
      body: {
        schema: z.record(z.string(), z.unknown()),
        sample: { to: '+201001234567', code: '123456' },
      },
      answers: {
        200: {
          description:
            'It is stored and will be sent, or it is refused for good and the auth server reads refusals there.',
          schema: z.union([
            z.strictObject({}),
            z.strictObject({ code: z.literal('ok') }).describe('For Authgear.'),
            inOurWords,
            inTheWordsOfSupabase,
          ]),
          sample: {},
        },
      },
      failures: byStatus(
        REFUSALS,
        (code) => OTHERWISE[code] ?? STATUS[code],
        () => refused,
      ).map((failure) => ({ ...failure, mayBeText: true })),
    },
  ],
};
