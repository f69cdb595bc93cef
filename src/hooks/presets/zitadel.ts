import { stampedHmac } from '../authentication/hmac.js';
import { at, textAt } from '../pointer.js';
import { answerForQueues, digestOf, type Preset } from '../preset.js';
import { readingOf } from '../reading.js';
import { handSecretOver } from '../secret-handed-over.js';

/** In this order: a mail for somebody with a number has both of them. */
const RECIPIENTS = [
  '/contextInfo/recipientPhoneNumber',
  '/contextInfo/recipientEmailAddress',
  '/args/lastPhone',
  '/args/verifiedPhone',
];

/**
 * ZITADEL, its HTTP providers for SMS and e-mail:
 * https://zitadel.com/docs/guides/manage/customize/notification-providers
 */
export const zitadel: Preset = {
  name: 'zitadel',
  title: 'ZITADEL',
  authentication: stampedHmac('zitadel-signature'),
  secretMadeBy: 'them',
  hasPointers: false,
  doublesMs: null,
  reachesPerson: false,

  read({ body }) {
    const to = RECIPIENTS.map((pointer) => textAt(body, pointer)).find((text) => text !== '') ?? '';
    const event = textAt(body, '/contextInfo/eventType');
    const code = argument(body, 'code') || argument(body, 'otp');
    const locale = argument(body, 'preferredlanguage') || null;
    return readingOf({ to, code, dedupeKey: digestOf(event, to, code), purpose: event || null, locale });
  },

  answer: answerForQueues,

  setup: ({ url }) => [
    'Add a provider, and activate it; the answer to the first call holds its id and its signing key:',
    'POST https://<your ZITADEL>/admin/v1/sms/http',
    `{ "endpoint": "${url}", "description": "whatsapp-otp" }`,
    'POST https://<your ZITADEL>/admin/v1/sms/<id>/_activate',
    ...handSecretOver(url, 'ZITADEL signs with the signing key of the provider'),
  ],
};

/** Its messages have names like `code`, `Code` and `OTP` for the same. @param name in lower case. */
function argument(body: unknown, name: string): string {
  const args = at(body, '/args');
  if (typeof args !== 'object' || args === null) return '';
  const names = Object.keys(args).filter((each) => each.toLowerCase() === name);
  return names.map((each) => textAt(args, `/${each}`)).find((text) => text !== '') ?? '';
}
