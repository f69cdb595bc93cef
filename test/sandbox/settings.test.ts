import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { sandboxEnvironment } from '../../src/sandbox/settings.js';
import { newFolder } from '../support/databases.js';

const ADDRESSES = { whatsapp: 'ws://127.0.0.1:7001', mail: 'smtp://127.0.0.1:7002' };
const SECRET = "the operator's own 4f7c1d93";

/** A shell in which somebody runs the product itself. */
const OPERATORS_SHELL = {
  DB_FILENAME: '/srv/otp/database/app_data.db',
  LOG_DIR: '/srv/otp/logs',
  CHANNELS_FILE: '/srv/otp/channels.json',
  DATABASE_URL: 'postgres://otp:pw@db.example.com/otp',
  DATABASE_URL_FILE: '/run/secrets/database',
  BAILEYS_SESSION_DIR_NAME: 'their-session',
  API_KEY: SECRET.replaceAll(' ', '-'),
  API_KEY_PREVIOUS: SECRET.replaceAll(' ', '_'),
  API_KEY_FILE: '/run/secrets/api',
  ADMIN_PASSWORD: SECRET,
  SESSION_SECRET: SECRET,
  SESSION_SECRET_FILE: '/run/secrets/session',
  JWT_SECRET: SECRET,
  JWT_SECRET_PREVIOUS: SECRET,
  TOKEN_KEY: SECRET,
  ENCRYPTION_KEY: 'ab'.repeat(32),
  ENCRYPTION_KEY_PREVIOUS: 'cd'.repeat(32),
  SMTP_URL: `smtp://otp:${encodeURIComponent(SECRET)}@mail.example.com`,
  EMAIL_USER: 'otp@example.com',
  EMAIL_PASSWORD: SECRET,
  EMAIL_FROM: 'otp@example.com',
  TELEGRAM_BOT_TOKEN: SECRET,
  TELEGRAM_CHAT_ID: '42',
  GOOGLE_CLIENT_ID: 'id',
  GOOGLE_CLIENT_SECRET: SECRET,
  CAPTCHA_VERIFY_URL: 'https://captcha.example.com/siteverify',
  CAPTCHA_SECRET: SECRET,
};

it('what a shell holds of data, servers and secrets is none of the sandbox', () => {
  const folder = newFolder();
  const environment = sandboxEnvironment(OPERATORS_SHELL, folder, ADDRESSES);
  const values = Object.entries(environment);
  const taken = values.filter(([name, value]) => value === (OPERATORS_SHELL as Record<string, string>)[name]);
  expect(taken).toEqual([]);
  const config = loadConfig({ environment, envFile: null });
  expect(JSON.stringify(config)).not.toMatch(/4f7c1d93|\/srv\/otp|example\.com|their-session/);
  expect(config).toMatchObject({
    dataDir: folder,
    database: { kind: 'sqlite', filename: join(folder, 'app_data.db') },
    log: { dir: join(folder, 'logs') },
    email: { url: ADDRESSES.mail },
    telegram: null,
    auth: { google: null },
    webhooks: { allowPrivate: true },
  });
  expect([existsSync(folder), readdirSync(folder)]).toEqual([true, []]);
});

it('the rest of the shell is followed, and what leads elsewhere is not', () => {
  const given = {
    PORT: '4000',
    OTP_LENGTH: '6',
    SECURITY_PROFILE: 'strict',
    HOST: '0.0.0.0',
    CLIENT_URL: 'http://localhost:5173',
    WEBHOOK_ALLOW_PRIVATE: 'false',
  };
  const config = loadConfig({
    environment: sandboxEnvironment(given, newFolder(), ADDRESSES),
    envFile: null,
  });
  expect(config).toMatchObject({
    server: { host: '127.0.0.1', port: 4000 },
    otp: { length: 6 },
    auth: { strict: true, clientUrls: ['http://localhost:5173'] },
    webhooks: { allowPrivate: false },
    whatsapp: { webSocketUrl: ADDRESSES.whatsapp },
  });
});
