import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Channels } from './channels/channels.js';
import type { AuthConfig, Config } from './config.js';
import { limitsOf } from './limits.js';
import type { Values } from './schema.js';

/** From variables to what the modules take: grouped, with absolute paths, unions instead of flags. */
export function compose(values: Values, channels: Channels, root: string): Config {
  const filename = resolve(root, values.DB_FILENAME);
  const dataDir = dirname(filename);
  const ttlMs = values.OTP_TTL_SECONDS * 1_000;
  const { TELEGRAM_BOT_TOKEN: botToken, TELEGRAM_CHAT_ID: chatId } = values;
  const { CAPTCHA_VERIFY_URL: verifyUrl, CAPTCHA_SECRET: captchaSecret } = values;
  return {
    env: values.NODE_ENV,
    server: {
      host: values.HOST ?? '127.0.0.1',
      hostGiven: values.HOST !== undefined,
      port: values.PORT,
      trustProxy: values.TRUST_PROXY,
      rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
      connectionsPerAddress: values.MAX_CONNECTIONS_PER_ADDRESS ?? (values.TRUST_PROXY > 0 ? 0 : 500),
      publicOrigin: values.PUBLIC_URL ? new URL(values.PUBLIC_URL).origin : null,
      securityContact: values.SECURITY_CONTACT ?? null,
    },
    apiKey: values.API_KEY,
    previousApiKey: values.API_KEY_PREVIOUS ?? null,
    admin: {
      username: values.ADMIN_USERNAME,
      password: values.ADMIN_PASSWORD,
      sessionSecret: values.SESSION_SECRET,
    },
    encryptionKey: values.ENCRYPTION_KEY,
    previousEncryptionKey: values.ENCRYPTION_KEY_PREVIOUS ?? null,
    dataDir,
    database: values.DATABASE_URL
      ? { kind: 'postgres', url: values.DATABASE_URL }
      : { kind: 'sqlite', filename },
    otp: {
      length: values.OTP_LENGTH,
      ttlMs,
      messageTemplate: templateOf(values),
      ownTemplate: values.OTP_MESSAGE_TEMPLATE ?? null,
      appName: values.APP_NAME ?? null,
      defaultLanguage: values.DEFAULT_LANGUAGE,
      route: values.CODE_ROUTE,
      waitsMs: waitsOf(channels),
      allowedCountries: values.ALLOWED_COUNTRIES ?? null,
    },
    environmentCaller: {
      returnUrls: values.RETURN_URLS,
      testNumbers: values.TEST_NUMBERS,
      testNumbersInProduction: values.TEST_NUMBERS_IN_PRODUCTION === 'true',
    },
    delivery: {
      pollingIntervalMs: values.WORKER_POLLING_INTERVAL_MS,
      minSendDelayMs: values.WORKER_MIN_SEND_DELAY_MS,
      maxSendDelayMs: values.WORKER_MAX_SEND_DELAY_MS,
      maxWaitMs: (values.MAX_WAIT_SECONDS ?? Infinity) * 1_000,
    },
    auth: authOf(values),
    limits: limitsOf(
      { ...values, dailyCap: channels.sms?.dailyCap },
      { eased: values.NODE_ENV !== 'production' },
    ),
    channels,
    captcha: verifyUrl && captchaSecret ? { url: verifyUrl, secret: captchaSecret } : null,
    email: emailOf(values),
    whatsapp: {
      account: values.WHATSAPP_CLIENT_ID,
      webSocketUrl: values.WHATSAPP_WEB_SOCKET_URL,
      version: values.WHATSAPP_VERSION ?? null,
      initialRetryDelayMs: values.BAILEYS_INITIAL_RETRY_DELAY_MS,
      maxRetries: values.BAILEYS_MAX_RETRIES,
      checkIntervalMs: values.WORKER_WHATSAPP_CHECK_INTERVAL_MS,
      importDir: join(dataDir, values.BAILEYS_SESSION_DIR_NAME),
      logLevel: values.BAILEYS_INTERNAL_LOG_LEVEL,
    },
    log: { level: values.LOG_LEVEL, dir: resolve(root, values.LOG_DIR) },
    webhooks: { allowPrivate: values.WEBHOOK_ALLOW_PRIVATE === 'true' },
    telegram: botToken && chatId ? { botToken, chatId, apiBaseUrl: values.TELEGRAM_API_BASE_URL } : null,
  };
}

/** The operator's, or the default, which gives a lifetime below a minute in seconds. */
function templateOf({ OTP_MESSAGE_TEMPLATE: given, OTP_TTL_SECONDS: seconds }: Values): string {
  const life = seconds < 60 ? '{{seconds}} seconds' : '{{minutes}} min';
  return given ?? `Your verification code is {{code}}. It is valid for ${life}. Do not share it with anyone.`;
}

function authOf(values: Values): AuthConfig {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret } = values;
  return {
    strict: values.SECURITY_PROFILE === 'strict',
    defaultCountry: values.DEFAULT_COUNTRY,
    jwtSecret: values.JWT_SECRET,
    previousJwtSecret: values.JWT_SECRET_PREVIOUS ?? null,
    jwtLifetimeMs: values.JWT_EXPIRES_IN,
    clientUrls: values.CLIENT_URL,
    tokenCookie: values.TOKEN_COOKIE,
    publicUrl: values.PUBLIC_URL ?? (values.PORT === 0 ? null : `http://localhost:${values.PORT}`),
    google: clientId && clientSecret ? { issuer: values.GOOGLE_ISSUER, clientId, clientSecret } : null,
  };
}

function waitsOf({ waitSeconds }: Channels): Record<string, number> {
  return Object.fromEntries(Object.entries(waitSeconds).map(([name, seconds]) => [name, seconds * 1_000]));
}

/** A mail server by its URL; a Google account alone means Gmail. */
function emailOf(values: Values): Config['email'] {
  const { SMTP_URL: url, EMAIL_USER: user, EMAIL_PASSWORD: password, EMAIL_FROM: from } = values;
  const { EMAIL_DKIM_SELECTOR: selector, EMAIL_DKIM_KEY: privateKey } = values;
  const signed = selector && privateKey && { dkim: { selector, privateKey } };
  if (url) {
    const { hostname } = new URL(url);
    const domain = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : 'localhost';
    return { url, from: from ?? user ?? `no-reply@${domain}`, ...signed };
  }
  if (!user || !password) return null;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return { url: `smtps://${login}@smtp.gmail.com:465`, from: from ?? user, ...signed };
}
