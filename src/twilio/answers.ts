import type { Verification } from '../otp/verifications/verification.js';
import { attemptSid, type Sids, verificationSid } from './sids.js';

/** Our things in Twilio's shape: every field that it has, null where we have nothing. */

const STATUS = {
  pending: 'pending',
  approved: 'approved',
  canceled: 'canceled',
  expired: 'expired',
  max_checks: 'max_attempts_reached',
} as const satisfies Record<Verification['status'], string>;

/** @param base of URLs, with the version and without a trailing slash. */
export function shownVerification(verification: Verification, sids: Sids, base: string) {
  const { id, to, status } = verification;
  const attempts = attemptsOf(verification);
  const lastAt = Math.max(verification.createdAt, verification.endedAt ?? 0, ...attempts.map(({ at }) => at));
  const sid = verificationSid(id);
  return {
    sid,
    service_sid: sids.service,
    account_sid: sids.account,
    to,
    channel: channelOf(verification),
    status: STATUS[status],
    valid: status === 'approved',
    date_created: moment(verification.createdAt),
    date_updated: moment(lastAt),
    lookup: {},
    amount: null,
    payee: null,
    send_code_attempts: attempts.map(({ at, channel }, index) => ({
      time: moment(at),
      channel,
      attempt_sid: attemptSid(id, index + 1),
    })),
    sna: null,
    url: `${base}/Services/${sids.service}/Verifications/${sid}`,
  };
}

export function shownCheck(verification: Verification, sids: Sids) {
  const { sid, service_sid, account_sid, to, channel, status, valid, amount, payee, ...rest } =
    shownVerification(verification, sids, '');
  return {
    sid,
    service_sid,
    account_sid,
    to,
    channel,
    status,
    valid,
    amount,
    payee,
    sna_attempts_error_codes: [],
    date_created: rest.date_created,
    date_updated: rest.date_updated,
  };
}

/** What goes out, or would go out first. */
function channelOf({ channel, route }: Verification): string {
  return channel ?? route[0] ?? 'whatsapp';
}

/** What was really sent. To a test number nothing is, but its app sees the sends that it asked for. */
function attemptsOf(verification: Verification): { at: number; channel: string }[] {
  const { attempts, isTest, sends, createdAt } = verification;
  if (!isTest) return attempts.filter(({ jobId }) => jobId !== null);
  return Array.from({ length: sends }, () => ({ at: createdAt, channel: channelOf(verification) }));
}

/** One service for each caller, which is as its configuration says. */
export function shownService(
  sids: Sids,
  service: { name: string; codeLength: number; since: number },
  base: string,
) {
  const url = `${base}/Services/${sids.service}`;
  return {
    sid: sids.service,
    account_sid: sids.account,
    friendly_name: service.name,
    code_length: service.codeLength,
    lookup_enabled: false,
    psd2_enabled: false,
    skip_sms_to_landlines: false,
    dtmf_input_required: false,
    tts_name: null,
    do_not_share_warning_enabled: false,
    custom_code_enabled: true,
    push: { include_date: false, apn_credential_sid: null, fcm_credential_sid: null },
    totp: { issuer: null, time_step: null, code_length: null, skew: null },
    default_template_sid: sids.template,
    whatsapp: { msg_service_sid: null, from: null },
    passkeys: null,
    verify_event_subscription_enabled: false,
    date_created: moment(service.since),
    date_updated: moment(service.since),
    url,
    links: {
      verifications: `${url}/Verifications`,
      verification_checks: `${url}/VerificationCheck`,
      rate_limits: `${url}/RateLimits`,
      messaging_configurations: `${url}/MessagingConfigurations`,
      entities: `${url}/Entities`,
      webhooks: `${url}/Webhooks`,
      access_tokens: `${url}/AccessTokens`,
    },
  };
}

/** A list with one page, in the form of Twilio's. */
export function shownServices(services: object[], base: string, pageSize: number) {
  const url = `${base}/Services?PageSize=${pageSize}&Page=0`;
  return {
    services,
    meta: {
      page: 0,
      page_size: pageSize,
      first_page_url: url,
      previous_page_url: null,
      next_page_url: null,
      key: 'services',
      url,
    },
  };
}

/** @param tally an attempt is a send; a verification that was approved converted one of its own. */
export function shownSummary({ sends, approved }: { sends: number; approved: number }, base: string) {
  const converted = Math.min(approved, sends);
  return {
    total_attempts: sends,
    total_converted: converted,
    total_unconverted: sends - converted,
    conversion_rate_percentage: String(sends === 0 ? 0 : (converted / sends) * 100),
    url: `${base}/Attempts/Summary`,
  };
}

/** ISO 8601 without a fraction. */
function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
