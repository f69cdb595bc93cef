import { readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../config/index.js';
import { VARIABLES } from '../../config/schema.js';
import { load } from './settings.js';

describe('what the variables become', () => {
  it('has the documented defaults', () => {
    const config = load();
    expect(config).toMatchObject({
      env: 'development',
      server: {
        host: '127.0.0.1',
        hostGiven: false,
        port: 3000,
        trustProxy: 0,
        rateLimitPerMinute: 6000,
        connectionsPerAddress: 500,
        publicOrigin: null,
        securityContact: null,
      },
      dataDir: '/srv/otp/database',
      database: { kind: 'sqlite', filename: '/srv/otp/database/app_data.db' },
      otp: {
        length: 4,
        ttlMs: 300_000,
        ownTemplate: null,
        appName: null,
        defaultLanguage: 'en',
        allowedCountries: null,
      },
      delivery: {
        pollingIntervalMs: 7_000,
        minSendDelayMs: 5_000,
        maxSendDelayMs: 20_000,
        maxWaitMs: Number.POSITIVE_INFINITY,
      },
      whatsapp: {
        account: 'default',
        webSocketUrl: 'wss://web.whatsapp.com/ws/chat',
        version: null,
        initialRetryDelayMs: 7_000,
        maxRetries: 5,
        checkIntervalMs: 15_000,
        importDir: '/srv/otp/database/baileys_auth_info',
        logLevel: 'warn',
      },
      log: { level: 'info', dir: '/srv/otp/logs' },
      telegram: null,
    });
    expect(config.otp.messageTemplate).toContain('{{code}}');
  });

  it('listens to this machine alone, unless told where', () => {
    expect(load({ NODE_ENV: 'test' }).server.host).toBe('127.0.0.1');
    expect(load({ NODE_ENV: 'production' }).server).toMatchObject({ host: '127.0.0.1', hostGiven: false });
    const told = load({ NODE_ENV: 'production', HOST: '0.0.0.0' });
    expect(told.server).toMatchObject({ host: '0.0.0.0', hostGiven: true });
  });

  it('limits the connections of an address to 500, behind a proxy not at all, unless told otherwise', () => {
    const most = (variables: Record<string, string>) => load(variables).server.connectionsPerAddress;
    expect(most({ TRUST_PROXY: '1' })).toBe(0);
    expect(most({ TRUST_PROXY: '1', MAX_CONNECTIONS_PER_ADDRESS: '800' })).toBe(800);
    expect(most({ MAX_CONNECTIONS_PER_ADDRESS: '50' })).toBe(50);
    expect(most({ MAX_CONNECTIONS_PER_ADDRESS: '0' })).toBe(0);
  });

  it('takes the origin of PUBLIC_URL for ours only when it is set', () => {
    const origin = (url: string) => load({ PUBLIC_URL: url }).server.publicOrigin;
    expect(origin('https://otp.example.com:443/')).toBe('https://otp.example.com');
    expect(origin('http://10.0.0.5:3000/otp')).toBe('http://10.0.0.5:3000');
    expect(load({ PORT: '4100' }).server.publicOrigin).toBeNull();
  });

  it('takes an address or a URI for the contact of security.txt', () => {
    const contact = (value: string) => load({ SECURITY_CONTACT: value }).server.securityContact;
    expect(contact('security@example.com')).toBe('mailto:security@example.com');
    for (const uri of ['mailto:security@example.com', 'https://example.com/report', 'tel:+1-201-555-0123']) {
      expect(contact(uri)).toBe(uri);
    }
  });

  it('gives a part of a limit its part of what that is set to, unless it is set itself', () => {
    const counts = (variables: Record<string, string>) => {
      const { limits } = load({ NODE_ENV: 'production', ...variables });
      const rules = ['mails', 'mails-new', 'cold-messages', 'cold-messages-doors'] as const;
      return rules.map((name) => limits[name].count);
    };
    expect(counts({})).toEqual([300, 240, 0, 0]);
    expect(counts({ MAILS_PER_HOUR: '100', COLD_MESSAGES_PER_DAY: '31' })).toEqual([100, 80, 31, 16]);
    const set = 'mails=500/3600,mails-new=20/3600,cold-messages=10/86400,cold-messages-doors=0';
    expect(counts({ MAILS_PER_HOUR: '100', LIMITS: set })).toEqual([500, 20, 10, 0]);
  });

  it('reads the countries whose numbers are served', () => {
    expect(load({ ALLOWED_COUNTRIES: ' in, EG ,' }).otp.allowedCountries).toEqual(['IN', 'EG']);
  });

  it('cannot be changed, however deep', () => {
    const config = load({ TELEGRAM_BOT_TOKEN: '1:t', TELEGRAM_CHAT_ID: '-100' });
    for (const part of [config, config.server, config.whatsapp, config.telegram, config.database]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('keeps everything beside DB_FILENAME, with PostgreSQL too', () => {
    const config = load({
      DB_FILENAME: '/var/lib/otp/gateway.db',
      BAILEYS_SESSION_DIR_NAME: 'old-session',
      DATABASE_URL: 'postgres://otp:pw@127.0.0.1:5432/otp',
      LOG_DIR: '../log',
    });
    expect(config.dataDir).toBe('/var/lib/otp');
    expect(config.whatsapp.importDir).toBe('/var/lib/otp/old-session');
    expect(config.database).toEqual({ kind: 'postgres', url: 'postgres://otp:pw@127.0.0.1:5432/otp' });
    expect(config.log.dir).toBe('/srv/log');
  });

  it('refuses waits over MAX_WAIT_SECONDS', () => {
    expect(load({ MAX_WAIT_SECONDS: '30' }).delivery.maxWaitMs).toBe(30_000);
  });

  it('accepts the lowest and the highest of each range', () => {
    const zero = { WORKER_MIN_SEND_DELAY_MS: '0', WORKER_MAX_SEND_DELAY_MS: '0' };
    expect(load(zero).delivery).toMatchObject({ minSendDelayMs: 0, maxSendDelayMs: 0 });
    expect(load({ BAILEYS_INITIAL_RETRY_DELAY_MS: '100' }).whatsapp.initialRetryDelayMs).toBe(100);
    expect(load({ OTP_LENGTH: '8', PORT: '65535' })).toMatchObject({
      otp: { length: 8 },
      server: { port: 65_535 },
    });
    expect(load({ PORT: '0' }).server.port).toBe(0);
  });

  it('ignores spaces and newlines around a value, and takes an empty one as absent', () => {
    const config = load({ PORT: ' 8080\n', HOST: '', API_KEY: '  a-key \n', WHATSAPP_VERSION: ' ' });
    expect(config.server).toMatchObject({ port: 8080, host: '127.0.0.1' });
    expect(config.apiKey).toBe('a-key');
    expect(config.whatsapp.version).toBeNull();
  });

  it('takes the previous secrets beside the present ones, where there are any', () => {
    expect(load().previousApiKey).toBeNull();
    expect([load().previousEncryptionKey, load().auth.previousJwtSecret]).toEqual([null, null]);
    const changed = load({ ENCRYPTION_KEY_PREVIOUS: 'cd'.repeat(32), JWT_SECRET_PREVIOUS: 'an-earlier-one' });
    expect(changed).toMatchObject({
      previousEncryptionKey: 'cd'.repeat(32),
      auth: { previousJwtSecret: 'an-earlier-one' },
    });
    expect(load({ API_KEY_PREVIOUS: 'YOUR_SECRET_API_KEY' }).previousApiKey).toBeNull();
    expect(load({ API_KEY_PREVIOUS: 'an-earlier-key' }).previousApiKey).toBe('an-earlier-key');
  });

  it.each(['Code {{code}}', 'Code {{ CODE }}', 'Code {code}', 'Code {otp}', 'Code {{otp}}'])(
    'reads the template "%s"',
    (template) => {
      expect(load({ OTP_MESSAGE_TEMPLATE: template }).otp.messageTemplate).toBe('Code {{code}}');
    },
  );

  it('tells a short life in seconds when no text is set, and keeps the text that is', () => {
    expect(load({ OTP_TTL_SECONDS: '30' }).otp.messageTemplate).toContain('{{seconds}} seconds');
    expect(load({ OTP_TTL_SECONDS: '60' }).otp.messageTemplate).toContain('{{minutes}} min');
    expect(load({ OTP_MESSAGE_TEMPLATE: '{code}\\n{ Seconds } {seconds}' }).otp.messageTemplate).toBe(
      '{{code}}\n{ Seconds } {{seconds}}',
    );
  });

  it('takes away the quotes that docker --env-file and compose lists leave around a value', () => {
    const config = load({
      PORT: '"8080"',
      HOST: "'[::1]'",
      CLIENT_URL: '"https://app.example.test"',
      DATABASE_URL: '"postgres://otp:pw@db/otp"',
      OTP_MESSAGE_TEMPLATE: '"Your \\"code\\": {{code}}"',
      LOG_DIR: '""',
    });
    expect(config.server).toMatchObject({ port: 8080, host: '::1' });
    expect(config.auth.clientUrls).toEqual(['https://app.example.test']);
    expect(config.database).toEqual({ kind: 'postgres', url: 'postgres://otp:pw@db/otp' });
    expect(config.otp.messageTemplate).toBe('Your "code": {{code}}');
    expect(config.log.dir).toBe('/srv/otp/logs');
  });

  it('reads several web sites, the first one first', () => {
    const { clientUrls } = load({ CLIENT_URL: 'https://app.example.test/, http://localhost:5173,' }).auth;
    expect(clientUrls).toEqual(['https://app.example.test', 'http://localhost:5173']);
  });

  it.each([
    ['no-reply@example.test'],
    ['Acme <no-reply@example.test>'],
    ['Acme, Inc. <no-reply@example.test>'],
    ['"Acme, Inc." <no-reply@example.test>'],
    ['\\"Acme, Inc.\\" <no-reply@example.test>', '"Acme, Inc." <no-reply@example.test>'],
  ])('sends mail as %s', (given, from = given) => {
    const email = load({ SMTP_URL: 'smtp://mail.example.test', EMAIL_FROM: given }).email;
    expect(email?.from).toBe(from);
  });

  it('reads a pinned WhatsApp version', () => {
    expect(load({ WHATSAPP_VERSION: '2.3000.1043857760' }).whatsapp.version).toEqual([2, 3000, 1043857760]);
  });

  it.each(['development', 'production'])('may point to this machine without encryption in %s', (env) => {
    const config = load({
      NODE_ENV: env,
      WHATSAPP_WEB_SOCKET_URL: 'ws://127.0.0.1:4000/ws/chat',
      TELEGRAM_API_BASE_URL: 'http://[::1]:4001/',
      TELEGRAM_BOT_TOKEN: '123:abc',
      TELEGRAM_CHAT_ID: '42',
    });
    expect(config.whatsapp.webSocketUrl).toBe('ws://127.0.0.1:4000/ws/chat');
    expect(config.telegram).toEqual({ botToken: '123:abc', chatId: '42', apiBaseUrl: 'http://[::1]:4001' });
  });

  it('has no alerts while the documented placeholders stand there', () => {
    const variables = {
      TELEGRAM_BOT_TOKEN: 'YOUR_TELEGRAM_BOT_TOKEN_IF_USING_ALERTS',
      TELEGRAM_CHAT_ID: 'YOUR_TELEGRAM_CHAT_ID_IF_USING_ALERTS',
    };
    expect(load(variables).telegram).toBeNull();
  });

  it('lists every secret for the log to hide', () => {
    const config = load({
      TELEGRAM_BOT_TOKEN: '1:bot-token',
      TELEGRAM_CHAT_ID: '42',
      DATABASE_URL: 'postgres://otp:db-password@db/otp',
      API_KEY_PREVIOUS: 'the-previous-key',
      JWT_SECRET_PREVIOUS: 'the-previous-secret',
      ENCRYPTION_KEY_PREVIOUS: 'cd'.repeat(32),
    });
    const { apiKey, admin, auth, encryptionKey } = config;
    expect(secretsOf(config)).toEqual(
      expect.arrayContaining([
        apiKey,
        admin.password,
        admin.sessionSecret,
        auth.jwtSecret,
        encryptionKey,
        '1:bot-token',
        'db-password',
        'the-previous-key',
        'the-previous-secret',
        'cd'.repeat(32),
      ]),
    );
  });
});

describe('config/.env.example', () => {
  const example = readFileSync(new URL('../../config/.env.example', import.meta.url), 'utf8');

  it('names every variable once, each under a sentence, and no other', () => {
    const lines = example.split('\n');
    const names = lines.flatMap((line) => line.match(/^([A-Z_\d]+)=/)?.[1] ?? []);
    expect([...names].sort()).toEqual([...VARIABLES].sort());
    for (const name of names) {
      const above = lines[lines.findIndex((line) => line.startsWith(`${name}=`)) - 1];
      expect(above, name).toMatch(/^# .+\.$/);
    }
  });

  it('shows the real defaults', () => {
    const shown = Object.entries(parse(example)).filter(([, value]) => value !== '');
    expect(load(Object.fromEntries(shown))).toEqual(load());
  });
});
