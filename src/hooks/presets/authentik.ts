import { authorization } from '../authentication/authorization.js';
import { textAt } from '../pointer.js';
import { digestOf, type HookAnswer, type Outcome, type Preset, USUAL_STATUS } from '../preset.js';
import { readingOf } from '../reading.js';

/**
 * authentik, its SMS authenticator setup stage with the provider Generic:
 * https://github.com/goauthentik/authentik/blob/main/authentik/stages/authenticator_sms/models.py
 */
export const authentik: Preset = {
  name: 'authentik',
  title: 'authentik',
  authentication: authorization,
  secretMadeBy: 'us',
  hasPointers: false,
  // Its codes are made of the time: the same one may be asked for again a little later.
  doublesMs: 120_000,
  reachesPerson: true,

  read({ body }) {
    const [to, code] = [textAt(body, '/To'), textAt(body, '/Body')];
    return readingOf({ to, code, dedupeKey: digestOf(to, code) });
  },

  answer,

  setup: ({ url, secret }) => [
    'In the admin interface of authentik: Flows and Stages, Stages, SMS Authenticator Setup Stage.',
    'Provider:             Generic SMS Provider',
    'From number:          anything; it is not read',
    `External API URL:     ${url}`,
    'Authentication type:  Bearer Token',
    `API auth token:       ${secret}`,
    'Leave the mapping empty: the fields To and Body are read.',
  ],
};

/** It shows the person the text of an answer from 400 on. */
function answer(outcome: Outcome): HookAnswer {
  if (outcome.kind === 'accepted') return { status: 200, body: {} };
  const { reason, message } = outcome;
  return { status: reason === 'number' ? 400 : USUAL_STATUS[reason], body: message };
}
