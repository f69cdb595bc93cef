import { authorization } from '../authentication/authorization.js';
import { textAt } from '../pointer.js';
import { digestOf, type Preset, usualAnswer } from '../preset.js';
import { readingOf } from '../reading.js';

/** FusionAuth, its Generic Messenger: https://fusionauth.io/docs/customize/email-and-messages/generic-messenger */
export const fusionauth: Preset = {
  name: 'fusionauth',
  title: 'FusionAuth',
  authentication: authorization,
  secretMadeBy: 'us',
  hasPointers: false,
  doublesMs: null,
  reachesPerson: false,

  read({ body }) {
    const [to, code] = [textAt(body, '/phoneNumber'), textAt(body, '/code')];
    // A user without an id would share the codes of all of them.
    return readingOf({ to, code, dedupeKey: digestOf(textAt(body, '/userId') || to, code) });
  },

  answer(outcome) {
    const usual = usualAnswer(outcome);
    return outcome.kind === 'refused' && outcome.reason === 'number' ? { ...usual, status: 400 } : usual;
  },

  setup: ({ url, authorization: header, secret }) => [
    'In FusionAuth: Settings, Messengers, Add Generic Messenger.',
    `URL:             ${url}`,
    'Connect timeout: 1000',
    'Read timeout:    2000',
    `Headers:         Authorization: ${header}`,
    `or as Basic authentication, under any name, with the password ${secret}`,
    'Then choose the messenger where messages are sent: Tenants, Multi-Factor or Phone.',
  ],
};
