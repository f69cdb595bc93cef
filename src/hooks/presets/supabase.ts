import { standardWebhooks } from '../authentication/standard-webhooks.js';
import { textAt } from '../pointer.js';
import { type CodeToSend, type HookAnswer, type Outcome, type Preset, USUAL_STATUS } from '../preset.js';
import { notACode, unreadable } from '../reading.js';

/**
 * Supabase Auth, its Send SMS hook and the one-time codes of its Send Email hook:
 * https://supabase.com/docs/guides/auth/auth-hooks
 */
export const supabase: Preset = {
  name: 'supabase',
  title: 'Supabase',
  authentication: standardWebhooks,
  secretMadeBy: 'us',
  hasPointers: false,
  doublesMs: null,
  reachesPerson: true,

  read({ body }) {
    const to = contactsIn(body);
    if (to.length === 0) return unreadable('The request holds no sms and no email_data.');
    if (to.some(({ code }) => code === '')) return notACode('This message holds no code.');
    // Every retry has another webhook-id.
    const uuid = textAt(body, '/metadata/uuid');
    const purpose = textAt(body, '/email_data/email_action_type') || textAt(body, '/sms/sms_type') || null;
    const ip = textAt(body, '/metadata/ip_address') || null;
    return {
      kind: 'codes',
      codes: to.map((each, place): CodeToSend => {
        const dedupeKey = uuid === '' ? `${each.to} ${each.code}` : `${uuid} ${place}`;
        return { ...each, dedupeKey, purpose, ip };
      }),
    };
  },

  answer,

  setup: ({ url, secret }) => [
    'In the Supabase dashboard: Authentication, Hooks, Send SMS hook (and Send Email hook, if you like), type HTTPS.',
    `URL:    ${url}`,
    `Secret: v1,${secret}`,
    'In a self-hosted one: GOTRUE_HOOK_SEND_SMS_ENABLED=true, GOTRUE_HOOK_SEND_SMS_URI and GOTRUE_HOOK_SEND_SMS_SECRETS.',
    'Supabase takes http:// only for localhost, 127.0.0.1, ::1 and host.docker.internal.',
  ],
};

/** Whom it goes to; a change of an address may go to both of them, each with a code of its own. */
function contactsIn(body: unknown): { to: string; code: string }[] {
  const at = (pointer: string) => textAt(body, pointer);
  const phone = at('/sms/phone') || at('/user/phone');
  if (at('/sms/otp') !== '' && phone !== '') return [{ to: phone, code: at('/sms/otp') }];
  const [email, newEmail] = [at('/user/email'), at('/user/new_email') || at('/user/email_new')];
  const [token, tokenNew] = [at('/email_data/token'), at('/email_data/token_new')];
  const isChange = at('/email_data/email_action_type') === 'email_change';
  if (at('/email_data/email_action_type') === '' || (email === '' && newEmail === '')) return [];
  if (!isChange || newEmail === '') return [{ to: email || newEmail, code: token }];
  if (tokenNew === '' || token === '' || email === '') return [{ to: newEmail, code: token || tokenNew }];
  return [
    { to: email, code: token },
    { to: newEmail, code: tokenNew },
  ];
}

/** An error in an answer of 200 reaches the person with its text; one with another status does not. */
function answer(outcome: Outcome): HookAnswer {
  if (outcome.kind === 'accepted') return { status: 200, body: {} };
  const { reason, message } = outcome;
  const error = { http_code: USUAL_STATUS[reason], message };
  const isOfTheSetup = ['signature', 'unreadable', 'unknown'].includes(reason);
  return { status: isOfTheSetup ? error.http_code : 200, body: { error } };
}
