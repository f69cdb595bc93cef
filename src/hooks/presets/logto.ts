import { authorization } from '../authentication/authorization.js';
import { textAt } from '../pointer.js';
import { digestOf, type Preset, usualAnswer } from '../preset.js';
import { readingOf } from '../reading.js';

/**
 * Logto, its connectors HTTP SMS and HTTP e-mail:
 * https://github.com/logto-io/logto/tree/master/packages/connectors/connector-http-sms
 */
export const logto: Preset = {
  name: 'logto',
  title: 'Logto',
  authentication: authorization,
  secretMadeBy: 'us',
  hasPointers: false,
  doublesMs: null,
  reachesPerson: false,

  read({ body }) {
    const [to, code, type] = [textAt(body, '/to'), textAt(body, '/payload/code'), textAt(body, '/type')];
    return readingOf({
      to,
      code,
      dedupeKey: digestOf(to, type, code),
      purpose: type || null,
      locale: textAt(body, '/payload/locale') || null,
      ip: textAt(body, '/ip') || null,
    });
  },

  answer: usualAnswer,

  setup: ({ url, authorization: header }) => [
    'In the console of Logto: Connectors, Email and SMS connectors, HTTP SMS (and HTTP Email, if you like).',
    `Endpoint:      ${url}`,
    `Authorization: ${header}`,
  ],
};
