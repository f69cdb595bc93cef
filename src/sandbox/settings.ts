import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** The number that the sandbox's gateway is paired with, and two to try. All are from ranges kept for examples. */
export const SENDER_NUMBER = '+12025550100';
export const EXAMPLE_NUMBER = '+12025550143';
export const SECOND_NUMBER = '+12025550144';

/** Variables of an operator's shell that point at data, at other servers, or hold a secret; with `_FILE` as well. */
const OPERATORS =
  /^(?:DB_FILENAME|LOG_DIR|CHANNELS_FILE|BAILEYS_SESSION_DIR_NAME|(?:DATABASE|SMTP|EMAIL|TELEGRAM|GOOGLE|CAPTCHA)_\w+)$|_(?:KEY|SECRET|PASSWORD|TOKEN|KEY_PREVIOUS|SECRET_PREVIOUS)(?:_FILE)?$/;

/**
 * The environment of a sandbox run: everything in its own folder, new secrets every time, and a short gap between sends to
 * make it fun to try. What else is given wins, except for addresses, which never leave this machine.
 */
export function sandboxEnvironment(
  given: NodeJS.ProcessEnv,
  folder: string,
  addresses: { whatsapp: string; mail: string },
  /** CHANNELS_FILE; absent: none but WhatsApp and e-mail. */
  channelsFile?: string,
): Record<string, string | undefined> {
  const secret = () => randomBytes(32).toString('hex');
  return {
    API_KEY: randomBytes(16).toString('hex'),
    ADMIN_USERNAME: 'admin',
    ADMIN_PASSWORD: randomBytes(9).toString('base64url'),
    SESSION_SECRET: secret(),
    JWT_SECRET: secret(),
    ENCRYPTION_KEY: secret(),
    DB_FILENAME: join(folder, 'app_data.db'),
    LOG_DIR: join(folder, 'logs'),
    LOG_LEVEL: 'warn',
    BAILEYS_INTERNAL_LOG_LEVEL: 'silent',
    WORKER_MIN_SEND_DELAY_MS: '500',
    WORKER_MAX_SEND_DELAY_MS: '1500',
    BAILEYS_INITIAL_RETRY_DELAY_MS: '1000',
    COLD_MESSAGES_PER_DAY: '10000',
    // Whoever tries webhooks here has the receiver on this machine.
    WEBHOOK_ALLOW_PRIVATE: 'true',
    ...Object.fromEntries(Object.entries(given).filter(([name]) => !OPERATORS.test(name))),
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    WHATSAPP_WEB_SOCKET_URL: addresses.whatsapp,
    SMTP_URL: addresses.mail,
    ...(channelsFile !== undefined && { CHANNELS_FILE: channelsFile }),
  };
}
