import { bodyHmac } from '../authentication/hmac.js';
import { textAt } from '../pointer.js';
import {
  digestOf,
  type HookAnswer,
  type Outcome,
  type Preset,
  type Refusal,
  USUAL_STATUS,
} from '../preset.js';
import { readingOf } from '../reading.js';
import { handSecretOver } from '../secret-handed-over.js';

/** What Authgear understands; each has a text of its own for the person. */
const CODES: Record<Refusal['reason'], string> = {
  signature: 'authentication_failed',
  unreadable: 'unknown_error',
  not_a_code: 'unsupported_request',
  number: 'invalid_phone_number',
  limited: 'rate_limited',
  unavailable: 'timeout',
  cold: 'timeout',
  unknown: 'unknown_error',
};

/**
 * Authgear, its custom SMS gateway as a webhook:
 * https://github.com/authgear/authgear-server/blob/main/docs/specs/sms_gateway.md
 */
export const authgear: Preset = {
  name: 'authgear',
  title: 'Authgear',
  authentication: bodyHmac('x-authgear-body-signature'),
  secretMadeBy: 'them',
  hasPointers: false,
  // A request has no stamp and no id, and a person may rightly get the same code again.
  doublesMs: 120_000,
  reachesPerson: false,

  read: ({ raw, body }) =>
    readingOf({
      to: textAt(body, '/to'),
      code: textAt(body, '/template_variables/code'),
      dedupeKey: digestOf(raw),
      purpose: textAt(body, '/template_name') || null,
      locale: textAt(body, '/language_tag') || null,
    }),

  answer,

  setup: ({ url }) => [
    'In the portal of Authgear: Custom SMS Gateway, type Webhook; in authgear.yaml: messaging.sms_provider: custom,',
    'and in authgear.secrets.yaml the secret sms.custom with url and timeout.',
    `URL:     ${url}`,
    'Timeout: 10 (seconds)',
    ...handSecretOver(url, 'Authgear signs with the secret key of its webhooks'),
  ],
};

/** It reads the JSON, and the status only where there is none. */
function answer(outcome: Outcome): HookAnswer {
  if (outcome.kind === 'accepted') return { status: 200, body: { code: 'ok' } };
  const { reason, message, code } = outcome;
  const info = { provider_name: 'whatsapp-otp', provider_error_code: code };
  return { status: USUAL_STATUS[reason], body: { code: CODES[reason], description: message, info } };
}
