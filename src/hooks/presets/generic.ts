import { anyOf, authorization } from '../authentication/authorization.js';
import { standardWebhooks } from '../authentication/standard-webhooks.js';
import { textAt } from '../pointer.js';
import { digestOf, type Preset, usualAnswer } from '../preset.js';
import { notACode, readingOf, unreadable } from '../reading.js';

/** The one number in a text that can be a code. */
const IN_A_TEXT = /(?<![0-9])[0-9]{4,10}(?![0-9])/g;

/** Whatever can send JSON or a form with a header of its own, the SMS authenticators of Keycloak among it. */
export const generic: Preset = {
  name: 'generic',
  title: 'Any server',
  authentication: anyOf(authorization, standardWebhooks),
  secretMadeBy: 'us',
  hasPointers: true,
  doublesMs: null,
  reachesPerson: false,

  read({ raw, body, pointers }) {
    const to = textAt(body, pointers.to);
    if (to === '') return unreadable(`There is nothing at ${pointers.to}.`);
    const code = codeIn(textAt(body, pointers.code));
    if (code === null) return notACode(`There is no code at ${pointers.code}.`);
    return readingOf({ to, code, dedupeKey: digestOf(raw) });
  },

  answer: usualAnswer,

  setup: ({ url, authorization: header }) => [
    'POST it JSON, or a form, with the number and the code where --to and --code say, by default',
    '{ "to": "+201001234567", "code": "123456" }.',
    `URL:           ${url}`,
    `Authorization: ${header}`,
    'The secret is also taken as the password of Basic, as X-API-KEY, and as the key of Standard Webhooks if it begins with whsec_.',
  ],
};

/** A code that stands there alone, or in a text. */
function codeIn(text: string): string | null {
  if (text === '') return null;
  if (!/\s/.test(text)) return text;
  const [code, ...others] = text.match(IN_A_TEXT) ?? [];
  return code === undefined || others.length > 0 ? null : code;
}
