import * as z from 'zod';
import { dkimKey, dkimSelector } from './dkim.js';
import {
  accountName,
  baseUrl,
  countries,
  country,
  encryptionKey,
  endpoint,
  folderName,
  headerValue,
  host,
  lifetime,
  mailAddress,
  mailbox,
  milliseconds,
  oneOf,
  path,
  postgresUrl,
  requiredText,
  securityContact,
  siteUrl,
  siteUrls,
  smtpUrl,
  userName,
  versionNumber,
  wholeNumber,
} from './fields.js';
import { limitOverrides } from './limits.js';
import { codeRoute } from './route.js';
import { returnUrls, testNumbers } from './verification-fields.js';
import { appName, messageTemplate } from './words.js';

const text = z.string();
/** How much of something a rule gives to each. */
const share = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** Every variable with its default; those without one are required secrets, or optional. */
export const schema = z
  .object({
    NODE_ENV: oneOf(['development', 'production', 'test']).default('development'),
    PORT: wholeNumber(0, 65_535).default(3000),
    HOST: host.optional(),
    TRUST_PROXY: wholeNumber(0, 100).default(0),
    RATE_LIMIT_PER_MINUTE: wholeNumber(1, Number.MAX_SAFE_INTEGER).default(6_000),
    MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
    SECURITY_CONTACT: securityContact.optional(),

    API_KEY: headerValue,
    API_KEY_PREVIOUS: headerValue.optional(),
    ADMIN_USERNAME: userName.default('admin'),
    ADMIN_PASSWORD: requiredText,
    SESSION_SECRET: requiredText,
    JWT_SECRET: requiredText,
    JWT_SECRET_PREVIOUS: text.optional(),
    ENCRYPTION_KEY: encryptionKey,
    ENCRYPTION_KEY_PREVIOUS: encryptionKey.optional(),

    DATABASE_URL: postgresUrl.optional(),
    // sessions.db is the file of the dashboard's sessions in the same folder, which another SQLite library writes.
    DB_FILENAME: path
      .refine((value) => !/^(:memory:|file:.*)$|[/\\]$/.test(value), 'must be the path of a file')
      .refine((value) => !/(^|[/\\])sessions\.db$/i.test(value), 'must not be named sessions.db')
      .default('./database/app_data.db'),
    LOG_DIR: path.default('./logs'),
    CHANNELS_FILE: path.optional(),

    OTP_LENGTH: wholeNumber(4, 8).default(4),
    OTP_TTL_SECONDS: wholeNumber(5, 3_600).default(300),
    OTP_MESSAGE_TEMPLATE: messageTemplate.optional(),
    APP_NAME: appName.optional(),
    CODE_ROUTE: codeRoute.default(['whatsapp']),
    DEFAULT_LANGUAGE: oneOf(['en', 'ar', 'es', 'pt', 'id', 'hi', 'fr', 'de']).default('en'),

    RETURN_URLS: returnUrls.default([]),
    TEST_NUMBERS: testNumbers.default([]),
    TEST_NUMBERS_IN_PRODUCTION: oneOf(['true', 'false']).default('false'),

    WORKER_POLLING_INTERVAL_MS: milliseconds(10).default(7_000),
    WORKER_WHATSAPP_CHECK_INTERVAL_MS: milliseconds(10).default(15_000),
    WORKER_MIN_SEND_DELAY_MS: milliseconds(0).default(5_000),
    WORKER_MAX_SEND_DELAY_MS: milliseconds(0).default(20_000),
    MAX_WAIT_SECONDS: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),

    WHATSAPP_CLIENT_ID: accountName.default('default'),
    WHATSAPP_WEB_SOCKET_URL: endpoint('wss:', 'ws:').default('wss://web.whatsapp.com/ws/chat'),
    WHATSAPP_VERSION: versionNumber.optional(),
    BAILEYS_SESSION_DIR_NAME: folderName.default('baileys_auth_info'),
    BAILEYS_MAX_RETRIES: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(5),
    BAILEYS_INITIAL_RETRY_DELAY_MS: milliseconds(100).default(7_000),

    SECURITY_PROFILE: oneOf(['documented', 'strict']).default('documented'),
    DEFAULT_COUNTRY: country.default('IN'),
    ALLOWED_COUNTRIES: countries.optional(),
    JWT_EXPIRES_IN: lifetime.default(7 * 24 * 3_600_000),
    UNKNOWN_LOOKUPS_PER_10_MINUTES: share.optional(),
    NEW_CONTACTS_PER_10_MINUTES: share.optional(),
    NEW_CONTACTS_PER_DAY: share.optional(),
    SENDS_PER_10_MINUTES: share.optional(),
    MAILS_PER_HOUR: share.optional(),
    COLD_MESSAGES_PER_DAY: share.optional(),
    LIMITS: limitOverrides.optional(),
    CAPTCHA_VERIFY_URL: endpoint('https:', 'http:').optional(),
    CAPTCHA_SECRET: text.optional(),
    CLIENT_URL: siteUrls.default(['http://localhost:3000']),
    PUBLIC_URL: siteUrl.optional(),
    TOKEN_COOKIE: oneOf(['token', '__Host-token']).default('token'),
    GOOGLE_CLIENT_ID: text.optional(),
    GOOGLE_CLIENT_SECRET: text.optional(),
    GOOGLE_ISSUER: endpoint('https:', 'http:').default('https://accounts.google.com'),

    SMTP_URL: smtpUrl.optional(),
    EMAIL_USER: mailAddress.optional(),
    EMAIL_PASSWORD: text.optional(),
    EMAIL_FROM: mailbox.optional(),
    EMAIL_DKIM_SELECTOR: dkimSelector.optional(),
    EMAIL_DKIM_KEY: dkimKey.optional(),

    LOG_LEVEL: oneOf(['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly']).default('info'),
    BAILEYS_INTERNAL_LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default(
      'warn',
    ),

    WEBHOOK_ALLOW_PRIVATE: oneOf(['true', 'false']).default('false'),

    TELEGRAM_BOT_TOKEN: text
      .regex(/^(?!.*[/\\?#%])[\x21-\x7e]+$/, 'must be the token that @BotFather gave out')
      .optional(),
    TELEGRAM_CHAT_ID: text.regex(/^\S{1,64}$/, 'must be a chat id or an @channel name').optional(),
    TELEGRAM_API_BASE_URL: baseUrl('https:', 'http:').default('https://api.telegram.org'),
  })
  .superRefine((values, context) => {
    const fault = (variable: string, message: string) =>
      context.addIssue({ code: 'custom', path: [variable], message });
    if (values.WORKER_MIN_SEND_DELAY_MS > values.WORKER_MAX_SEND_DELAY_MS) {
      fault('WORKER_MIN_SEND_DELAY_MS', 'must not be greater than WORKER_MAX_SEND_DELAY_MS');
    }
    if (values.OTP_TTL_SECONDS < 60 && values.OTP_MESSAGE_TEMPLATE?.includes('{{minutes}}')) {
      fault(
        'OTP_MESSAGE_TEMPLATE',
        'must say {{seconds}} instead of {{minutes}} when OTP_TTL_SECONDS is below 60',
      );
    }
    const bothOrNeither = (one: keyof typeof values, other: keyof typeof values) => {
      if (values[one] && !values[other]) fault(other, `must be set together with ${one}`);
      if (values[other] && !values[one]) fault(one, `must be set together with ${other}`);
    };
    bothOrNeither('TELEGRAM_BOT_TOKEN', 'TELEGRAM_CHAT_ID');
    bothOrNeither('CAPTCHA_VERIFY_URL', 'CAPTCHA_SECRET');
    bothOrNeither('GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET');
    bothOrNeither('EMAIL_DKIM_SELECTOR', 'EMAIL_DKIM_KEY');
    if (!values.SMTP_URL) bothOrNeither('EMAIL_USER', 'EMAIL_PASSWORD');
    if (values.NODE_ENV === 'production' && !values.GOOGLE_ISSUER.startsWith('https:')) {
      fault('GOOGLE_ISSUER', 'must be an https:// URL in production');
    }
  });

export type Values = z.output<typeof schema>;

/** The names that the program reads. */
export const VARIABLES = Object.keys(schema.shape);
