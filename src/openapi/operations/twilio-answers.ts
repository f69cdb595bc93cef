import * as z from 'zod';

/** The statuses of Twilio's codes; of a code from 20400 on it is the rest beyond 20000. */
export const CODE_STATUS: Record<number, number> = {
  20003: 401,
  20004: 405,
  60200: 400,
  60202: 429,
  60203: 429,
  60212: 429,
  60221: 400,
  60223: 403,
  60228: 400,
  60238: 403,
  60410: 403,
  60605: 403,
};

const sid = (letters: string) => z.string().regex(new RegExp(`^${letters}[0-9a-f]{32}$`));
const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  .meta({ format: 'date-time' });
const status = z.enum(['pending', 'approved', 'canceled', 'max_attempts_reached', 'expired']);

const shared = {
  sid: sid('VE'),
  service_sid: sid('VA'),
  account_sid: sid('AC'),
  to: z.string(),
  channel: z.string().describe('What goes out, which need not be what was asked for.'),
  status,
  valid: z.boolean().describe('True when it is approved.'),
  amount: z.null(),
  payee: z.null(),
  date_created: moment,
  date_updated: moment,
};

export const verification = z
  .strictObject({
    ...shared,
    lookup: z.strictObject({}),
    send_code_attempts: z
      .array(z.strictObject({ time: moment, channel: z.string(), attempt_sid: sid('VL') }))
      .describe('One for each send.'),
    sna: z.null(),
    url: z.string(),
  })
  .meta({ id: 'TwilioVerification' });

export const check = z
  .strictObject({ ...shared, sna_attempts_error_codes: z.array(z.never()) })
  .meta({ id: 'TwilioVerificationCheck' });

const links = ['verifications', 'verification_checks', 'rate_limits', 'messaging_configurations'] as const;
const moreLinks = ['entities', 'webhooks', 'access_tokens'] as const;

export const service = z
  .strictObject({
    sid: sid('VA'),
    account_sid: sid('AC'),
    friendly_name: z.string(),
    code_length: z.int(),
    lookup_enabled: z.literal(false),
    psd2_enabled: z.literal(false),
    skip_sms_to_landlines: z.literal(false),
    dtmf_input_required: z.literal(false),
    tts_name: z.null(),
    do_not_share_warning_enabled: z.literal(false),
    custom_code_enabled: z.literal(true),
    push: z.strictObject({
      include_date: z.literal(false),
      apn_credential_sid: z.null(),
      fcm_credential_sid: z.null(),
    }),
    totp: z.strictObject({
      issuer: z.null(),
      time_step: z.null(),
      code_length: z.null(),
      skew: z.null(),
    }),
    default_template_sid: sid('HJ'),
    whatsapp: z.strictObject({ msg_service_sid: z.null(), from: z.null() }),
    passkeys: z.null(),
    verify_event_subscription_enabled: z.literal(false),
    date_created: moment,
    date_updated: moment,
    url: z.string(),
    links: z.record(z.enum([...links, ...moreLinks]), z.string()),
  })
  .meta({ id: 'TwilioService' });

export const serviceList = z.strictObject({
  services: z.array(service),
  meta: z.strictObject({
    page: z.literal(0),
    page_size: z.int(),
    first_page_url: z.string(),
    previous_page_url: z.null(),
    next_page_url: z.null(),
    key: z.literal('services'),
    url: z.string(),
  }),
});

export const summary = z.strictObject({
  total_attempts: z.int(),
  total_converted: z.int(),
  total_unconverted: z.int(),
  conversion_rate_percentage: z.string().describe('A number as text, as Twilio has it.'),
  url: z.string(),
});
