import { describe, expect, it } from 'vitest';
import { goodSecrets, load, refusal } from './settings.js';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** One line that names the variable and says what it must be. */
function expectSentence(line: string, variable: string) {
  expect(line).toMatch(/^Configuration: [^\n]+\.$/);
  expect(line).toContain(variable);
}

/** As `expectSentence`, and without the value. */
function expectLine(line: string, variable: string, value: string) {
  expectSentence(line, variable);
  expect(line).not.toContain(value);
}

describe('a bad value stops the start', () => {
  it.each([
    ['NODE_ENV', 'staging'],
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x1F'],
    ['PORT', '1e3'],
    ['HOST', 'not a host'],
    ['HOST', '999.1.1.1'],
    ['TRUST_PROXY', 'true'],
    ['RATE_LIMIT_PER_MINUTE', 'none'],
    ['MAX_CONNECTIONS_PER_ADDRESS', '-1'],
    ['SECURITY_CONTACT', 'http://example.com/'],
    ['SECURITY_CONTACT', 'the back door'],
    ['SECURITY_CONTACT', 'mailto:nobody'],
    ['TOKEN_COOKIE', '__Secure-token'],
    ['API_KEY', 'two words'],
    ['API_KEY', 'schlüssel'],
    ['API_KEY_PREVIOUS', 'two words'],
    ['ENCRYPTION_KEY', 'abc123'],
    ['ENCRYPTION_KEY_PREVIOUS', 'abc123'],
    ['ENCRYPTION_KEY', 'g'.repeat(64)],
    ['DATABASE_URL', 'mysql://user:hunter2@db/otp'],
    ['DATABASE_URL', 'not-a-url'],
    ['DB_FILENAME', ':memory:'],
    ['DB_FILENAME', './data/'],
    ['ALLOWED_COUNTRIES', 'IN,XX'],
    ['ALLOWED_COUNTRIES', 'IN EG'],
    ['ALLOWED_COUNTRIES', ','],
    ['OTP_LENGTH', '3'],
    ['OTP_LENGTH', '9'],
    ['OTP_TTL_SECONDS', '4'],
    ['OTP_TTL_SECONDS', '3601'],
    ['OTP_MESSAGE_TEMPLATE', 'Hello there'],
    ['WORKER_MIN_SEND_DELAY_MS', '30001'],
    ['WORKER_MAX_SEND_DELAY_MS', '-7'],
    ['WORKER_POLLING_INTERVAL_MS', 'often'],
    ['BAILEYS_INITIAL_RETRY_DELAY_MS', '99'],
    ['BAILEYS_MAX_RETRIES', 'many'],
    ['BAILEYS_SESSION_DIR_NAME', '../../etc'],
    ['BAILEYS_SESSION_DIR_NAME', '..'],
    ['WHATSAPP_CLIENT_ID', '../other'],
    ['WHATSAPP_VERSION', '2.3000'],
    ['WHATSAPP_WEB_SOCKET_URL', 'ws://example.test/ws'],
    ['WHATSAPP_WEB_SOCKET_URL', 'ws://127.0.0.1.example.test/ws'],
    ['WHATSAPP_WEB_SOCKET_URL', 'http://127.0.0.1/ws'],
    ['TELEGRAM_API_BASE_URL', 'http://10.0.0.5:8081'],
    ['TELEGRAM_API_BASE_URL', 'https://user:pw@example.test'],
    ['OTP_MESSAGE_TEMPLATE', 'Hello {{name}}, {{code}}'],
    ['CODE_ROUTE', 'pigeon'],
    ['CODE_ROUTE', 'email'],
    ['CODE_ROUTE', 'whatsapp, sms'],
    ['CODE_ROUTE', 'whatsapp,whatsapp'],
    ['APP_NAME', 'A name of twenty-six chars'],
    ['APP_NAME', 'https://acme.test'],
    ['APP_NAME', '\u2068\u2069'],
    ['DEFAULT_LANGUAGE', 'sv'],
    ['DB_FILENAME', './data/otp.db # the file'],
    ['LOG_DIR', './logs # rotated'],
    ['ADMIN_USERNAME', 'admin # the name'],
    ['PORT', '3000 # the port'],
    ['LOG_LEVEL', 'loud'],
    ['BAILEYS_INTERNAL_LOG_LEVEL', 'verbose'],
    ['LIMITS', 'address-doors=60/600'],
    ['LIMITS', 'address-sends=none'],
    ['LIMITS', 'address-sends=-1'],
    ['LIMITS', 'address-sends=60/0'],
    ['LIMITS', 'address-sends=60/600;mails=300'],
    ['LIMITS', 'mails=300,mails=400'],
    ['LIMITS', 'mails=300,'],
    ['LIMITS', 'constructor=1'],
  ])('%s=%s', (variable, value) => {
    expectLine(refusal({ [variable]: value }), variable, value);
  });

  it.each([
    ['API_KEY', `"${goodSecrets.API_KEY}"`],
    ['API_KEY_PREVIOUS', '"in quotes of docker"'],
    ['ADMIN_PASSWORD', `'${goodSecrets.ADMIN_PASSWORD}'`],
    ['EMAIL_PASSWORD', '"app password"'],
  ])('a %s in quotes, of which nobody knows whether they belong to it', (variable, value) => {
    const email = variable === 'EMAIL_PASSWORD' ? { EMAIL_USER: 'otp@example.test' } : {};
    expectLine(
      refusal({ ...email, [variable]: value }),
      `${variable} must not begin and end with a quote`,
      value,
    );
  });

  it('minutes in the text of a code that lives for seconds', () => {
    const template = 'Code {{code}}, valid for {{minutes}} min';
    const line = refusal({ OTP_TTL_SECONDS: '59', OTP_MESSAGE_TEMPLATE: template });
    expectLine(line, 'OTP_MESSAGE_TEMPLATE must say {{seconds}}', template);
    expect(load({ OTP_TTL_SECONDS: '60', OTP_MESSAGE_TEMPLATE: template }).otp.ttlMs).toBe(60_000);
  });

  it('the database may not take the name of the login sessions beside it', () => {
    expect(refusal({ DB_FILENAME: './database/sessions.db' })).toContain('DB_FILENAME');
  });

  it.each(Object.keys(goodSecrets))('without %s', (variable) => {
    expectSentence(refusal({ [variable]: '' }), `${variable} must be set`);
  });

  it('one half of the Telegram settings is refused', () => {
    expect(refusal({ TELEGRAM_BOT_TOKEN: '1:secret-token' })).toMatch(
      /TELEGRAM_CHAT_ID must be set together/,
    );
    expect(refusal({ TELEGRAM_CHAT_ID: '42' })).toMatch(/TELEGRAM_BOT_TOKEN must be set together/);
  });

  it('names all faults on one line', () => {
    const line = refusal({ PORT: 'x', OTP_LENGTH: '77', API_KEY: '', JWT_SECRET: '' });
    expectLine(line, 'PORT', '77');
    expect(line).toContain('API_KEY, JWT_SECRET must be set');
    expect(line).toContain('OTP_LENGTH');
  });
});

describe('production refuses', () => {
  const inProduction = (variables: Record<string, string>) =>
    refusal({ NODE_ENV: 'production', ...variables });

  it.each([
    ['API_KEY', 'YOUR_VERY_SECRET_OTP_API_KEY'],
    ['API_KEY', 'your_very_secret_otp_api_key'],
    ['API_KEY', 'YOUR_SECRET_API_KEY'],
    ['API_KEY_PREVIOUS', 'YOUR_SECRET_API_KEY'],
    ['JWT_SECRET_PREVIOUS', 'your-super-secret-jwt-key'],
    ['ADMIN_USERNAME', 'your_admin_username'],
    ['ADMIN_PASSWORD', 'your_admin_password'],
    ['ADMIN_PASSWORD', 'Your_Admin_Password'],
    ['ADMIN_PASSWORD', 'StrongPassword123'],
    ['SESSION_SECRET', 'a_very_long_and_random_session_secret_string'],
    ['JWT_SECRET', 'your-super-secret-jwt-key'],
    ['JWT_SECRET', 'your_secret_key_for_jwt'],
    ['TELEGRAM_BOT_TOKEN', 'YOUR_TELEGRAM_BOT_TOKEN_IF_USING_ALERTS'],
    ['TELEGRAM_CHAT_ID', 'YOUR_TELEGRAM_CHAT_ID_IF_USING_ALERTS'],
  ])('the placeholder in %s (%s)', (variable, value) => {
    const telegram = variable.startsWith('TELEGRAM')
      ? { TELEGRAM_BOT_TOKEN: '1:token', TELEGRAM_CHAT_ID: '42' }
      : {};
    const line = inProduction({ ...telegram, [variable]: value });
    expectLine(line, `${variable} must not be the placeholder`, value);
  });

  it.each([
    ['API_KEY', LETTERS.slice(0, 15)],
    ['API_KEY_PREVIOUS', LETTERS.slice(1, 16)],
    ['JWT_SECRET_PREVIOUS', LETTERS.slice(2, 33)],
    ['ADMIN_PASSWORD', LETTERS.slice(0, 9)],
    ['SESSION_SECRET', LETTERS.slice(0, 31)],
    ['JWT_SECRET', LETTERS.slice(1, 32)],
  ])('a short %s', (variable, value) => {
    expectLine(inProduction({ [variable]: value }), `${variable} must be at least`, value);
    expect(() => load({ NODE_ENV: 'production', [variable]: `${value}+` })).not.toThrow();
  });

  it('one secret for two purposes', () => {
    const line = inProduction({ JWT_SECRET: goodSecrets.SESSION_SECRET });
    expectLine(line, 'JWT_SECRET must differ from SESSION_SECRET', goodSecrets.SESSION_SECRET);
  });

  it.each(['API_KEY', 'JWT_SECRET', 'ENCRYPTION_KEY'] as const)(
    'a previous %s that is the present one',
    (name) => {
      const value = goodSecrets[name];
      const line = inProduction({ [`${name}_PREVIOUS`]: value });
      expectLine(line, `${name}_PREVIOUS must differ from ${name}`, value);
      if (name !== 'ENCRYPTION_KEY') return;
      expect(inProduction({ [`${name}_PREVIOUS`]: value.toUpperCase() })).toBe(line);
    },
  );

  it("a secret that is somebody else's as well", () => {
    const shared = 'telegram:5f0e-2b7c-11aa-93d4';
    const telegram = { TELEGRAM_BOT_TOKEN: shared, TELEGRAM_CHAT_ID: '42' };
    const line = inProduction({ ...telegram, API_KEY: shared });
    expectLine(line, 'API_KEY must differ from TELEGRAM_BOT_TOKEN', shared);
  });

  it('counts bytes, not characters', () => {
    expect(() => load({ NODE_ENV: 'production', SESSION_SECRET: 'äöüßéèêëâàáãåæøç' })).not.toThrow();
  });
});

/** Reachable by others, whether for customers or for a colleague. */
describe.each([
  { NODE_ENV: 'production' },
  { NODE_ENV: 'production', HOST: '0.0.0.0' },
  { NODE_ENV: 'development', HOST: '0.0.0.0' },
  { NODE_ENV: 'test', HOST: '::' },
  { HOST: 'otp.example.com' },
])('with %j a secret that can be guessed is refused:', (reachable) => {
  it.each<[what: string, variable: string, value: string, more?: Record<string, string>]>([
    ['one character', 'API_KEY', 'x'],
    ['a short one', 'JWT_SECRET', 'x'],
    ['few different characters', 'API_KEY', 'abcabcabcabcabcabc'],
    ['one character many times', 'SESSION_SECRET', 's'.repeat(64)],
    ['a password of everybody', 'ADMIN_PASSWORD', '1q2w3e4r5t'],
    ['the same in capitals', 'ADMIN_PASSWORD', '1Q2W3E4R5T'],
    ['the user name', 'ADMIN_PASSWORD', 'operations-team', { ADMIN_USERNAME: 'Operations-Team' }],
    ['admin', 'ADMIN_PASSWORD', 'admin'],
    ['the placeholder', 'JWT_SECRET', 'your-super-secret-jwt-key'],
    ['a key of zeros', 'ENCRYPTION_KEY', '0'.repeat(64)],
    ['a key of few bytes', 'ENCRYPTION_KEY', '0123456789abcdef'.repeat(4)],
    ['a previous key of few bytes', 'ENCRYPTION_KEY_PREVIOUS', '0123456789abcdef'.repeat(4)],
    ['the same secret twice', 'JWT_SECRET', goodSecrets.SESSION_SECRET],
  ])('%s', (_what, variable, value, more = {}) => {
    const line = refusal({ ...reachable, ...more, [variable]: value });
    expectSentence(line, `${variable} must`);
    // Short ones are part of some word of the sentence.
    if (value.length > 5) expect(line).not.toContain(value);
  });

  it('the whole of a careless start, in one line', () => {
    const careless = { ADMIN_PASSWORD: 'admin', API_KEY: 'x', JWT_SECRET: 'x', SESSION_SECRET: 'x' };
    const line = refusal({ ...reachable, ...careless });
    for (const variable of Object.keys(careless)) expectSentence(line, variable);
    expect(line).not.toMatch(/\b(?:admin|x)\b/);
  });
});

it.each(['127.0.0.1', '::1', 'localhost', ''])('nothing of this while developing on %s', (HOST) => {
  const weak = { API_KEY: 'YOUR_VERY_SECRET_OTP_API_KEY', ADMIN_PASSWORD: 'admin', JWT_SECRET: 'x' };
  const config = load({ HOST, ...weak, ENCRYPTION_KEY: '0'.repeat(64) });
  expect(config.apiKey).toBe(weak.API_KEY);
});
