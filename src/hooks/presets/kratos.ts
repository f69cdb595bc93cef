import { authorization } from '../authentication/authorization.js';
import { at, textAt } from '../pointer.js';
import { answerForQueues, digestOf, type Preset } from '../preset.js';
import { readingOf } from '../reading.js';

const MINUTE_MS = 60_000;

/**
 * Ory Kratos, its courier's channel `sms` of the type http. The body is what its jsonnet makes: ours is in
 * docs/guides/kratos-sms.jsonnet. https://www.ory.sh/docs/kratos/emails-sms/sending-sms
 */
export const kratos: Preset = {
  name: 'kratos',
  title: 'Ory Kratos',
  authentication: authorization,
  secretMadeBy: 'us',
  hasPointers: false,
  doublesMs: null,
  reachesPerson: false,

  read({ body }) {
    const to = textAt(body, '/recipient') || textAt(body, '/to') || textAt(body, '/template_data/to');
    const code = codeIn(at(body, '/template_data')) || codeIn(body);
    const purpose = textAt(body, '/template_type');
    return readingOf({
      to,
      code,
      dedupeKey: digestOf(to, purpose, code),
      purpose: purpose || null,
      lifeMs: lifeMsIn(body),
    });
  },

  answer: answerForQueues,

  setup: ({ url, authorization: header }) => [
    'Copy docs/guides/kratos-sms.jsonnet to where Kratos reads it, and add this to kratos.yml:',
    'courier:',
    '  channels:',
    '    - id: sms',
    '      type: http',
    '      request_config:',
    `        url: ${url}`,
    '        method: POST',
    '        body: file:///etc/config/kratos/kratos-sms.jsonnet',
    '        headers:',
    '          Content-Type: application/json',
    '        auth:',
    '          type: api_key',
    '          config:',
    '            in: header',
    '            name: Authorization',
    `            value: ${header}`,
  ],
};

/** login_code, registration_code, verification_code, recovery_code. */
function codeIn(data: unknown): string {
  if (typeof data !== 'object' || data === null) return '';
  const names = Object.keys(data).filter((name) => name.endsWith('_code'));
  return names.map((name) => textAt(data, `/${name}`)).find((code) => code !== '') ?? '';
}

function lifeMsIn(body: unknown): number | null {
  const told = textAt(body, '/template_data/expires_in_minutes') || textAt(body, '/expires_in_minutes');
  const minutes = told === '' ? Number.NaN : Number(told);
  return minutes > 0 ? minutes * MINUTE_MS : null;
}
