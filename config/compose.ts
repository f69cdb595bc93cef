import { dirname, join, resolve } from 'node:path';
import type { Config } from './config.js';
import type { Values } from './schema.js';

/** From variables to what the modules take: grouped, with absolute paths, unions instead of flags. */
export function compose(values: Values, root: string): Config {
  const filename = resolve(root, values.DB_FILENAME);
  const dataDir = dirname(filename);
  const ttlMs = values.OTP_TTL_SECONDS * 1_000;
  const longestWaitMs = ttlMs - Math.min(60_000, ttlMs / 5);
  const { TELEGRAM_BOT_TOKEN: botToken, TELEGRAM_CHAT_ID: chatId } = values;
  return {
    env: values.NODE_ENV,
    server: {
      host: values.HOST ?? (values.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'),
      port: values.PORT,
      trustProxy: values.TRUST_PROXY,
      rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    },
    apiKey: values.API_KEY,
    admin: {
      username: values.ADMIN_USERNAME,
      password: values.ADMIN_PASSWORD,
      sessionSecret: values.SESSION_SECRET,
    },
    jwtSecret: values.JWT_SECRET,
    encryptionKey: values.ENCRYPTION_KEY,
    dataDir,
    database: values.DATABASE_URL
      ? { kind: 'postgres', url: values.DATABASE_URL }
      : { kind: 'sqlite', filename },
    otp: { length: values.OTP_LENGTH, ttlMs, messageTemplate: values.OTP_MESSAGE_TEMPLATE },
    delivery: {
      pollingIntervalMs: values.WORKER_POLLING_INTERVAL_MS,
      minSendDelayMs: values.WORKER_MIN_SEND_DELAY_MS,
      maxSendDelayMs: values.WORKER_MAX_SEND_DELAY_MS,
      // A longer wait than the lifetime allows cannot be asked for: the code would arrive dead.
      maxWaitMs: Math.min(longestWaitMs, (values.MAX_WAIT_SECONDS ?? Infinity) * 1_000),
    },
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
    telegram: botToken && chatId ? { botToken, chatId, apiBaseUrl: values.TELEGRAM_API_BASE_URL } : null,
  };
}
