import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.js';
import { newFolder } from '../support/databases.js';
import { goodSecrets, refusalOf } from './settings.js';

/** Starts with an environment, a config/.env and secret files, all of them in a folder of their own. */
function scene(files: Record<string, string> = {}) {
  const root = newFolder();
  mkdirSync(join(root, 'config'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(root, name), content);
  return {
    root,
    load: (environment: Record<string, string>) => loadConfig({ environment, root, announce: () => {} }),
  };
}

const asFile = (variables: Record<string, string>) =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

describe('where a value comes from', () => {
  it('config/.env is read, comments and quotes included', () => {
    const { load } = scene({
      'config/.env': `${asFile(goodSecrets)}\nPORT=4100 # the port\nOTP_MESSAGE_TEMPLATE="# {{code}}"`,
    });
    const config = load({});
    expect(config.server.port).toBe(4100);
    expect(config.otp.messageTemplate).toBe('# {{code}}');
    expect(config.admin.password).toBe(goodSecrets.ADMIN_PASSWORD);
  });

  it('the environment wins over the file, an empty variable does not', () => {
    const { load } = scene({ 'config/.env': asFile({ ...goodSecrets, PORT: '4100', OTP_LENGTH: '6' }) });
    const config = load({ PORT: '4200', OTP_LENGTH: '' });
    expect(config.server.port).toBe(4200);
    expect(config.otp.length).toBe(6);
  });

  it.each([
    ...Object.keys(goodSecrets),
    'API_KEY_PREVIOUS',
    'JWT_SECRET_PREVIOUS',
    'ENCRYPTION_KEY_PREVIOUS',
    'TELEGRAM_BOT_TOKEN',
    'DATABASE_URL',
  ])('%s can come from a file, without its last newline', (name) => {
    const all: Record<string, string> = {
      ...goodSecrets,
      API_KEY_PREVIOUS: 'an-earlier-key',
      JWT_SECRET_PREVIOUS: 'an-earlier-secret',
      ENCRYPTION_KEY_PREVIOUS: 'cd'.repeat(32),
      TELEGRAM_BOT_TOKEN: '9:file-token',
      TELEGRAM_CHAT_ID: '42',
      DATABASE_URL: 'postgres://otp@db/otp',
    };
    const { [name]: secret = '', ...others } = all;
    const { root, load } = scene({ secret: `${secret}\n` });
    const config = load({ ...others, [`${name}_FILE`]: join(root, 'secret') });
    expect(config).toEqual(loadConfig({ environment: all, root, envFile: null }));
    expect(JSON.stringify(config)).toContain(secret);
  });

  it('a secret file in the environment wins over the value in config/.env', () => {
    const { load } = scene({ 'config/.env': asFile(goodSecrets), key: 'newer-key' });
    expect(load({ API_KEY_FILE: 'key' }).apiKey).toBe('newer-key');
  });

  it('both a value and a file in one place are refused', () => {
    const { load } = scene({ key: 'other' });
    const line = refusalOf(() => load({ ...goodSecrets, API_KEY_FILE: 'key' }));
    expect(line).toBe('Configuration: API_KEY_FILE must not be set together with API_KEY.');
  });

  it('a secret file that is missing or empty is named by its variable alone', () => {
    const { load } = scene({ empty: '\n' });
    const { JWT_SECRET: _, ...others } = goodSecrets;
    const missing = refusalOf(() => load({ ...others, JWT_SECRET_FILE: '/nowhere/secret-path' }));
    expect(missing).toBe('Configuration: JWT_SECRET_FILE must name a file that can be read (ENOENT).');
    expect(refusalOf(() => load({ ...others, JWT_SECRET_FILE: 'empty' }))).toMatch(
      /JWT_SECRET_FILE must name/,
    );
  });

  it('only secrets come from files', () => {
    const { load } = scene({ port: '4300' });
    expect(load({ ...goodSecrets, PORT_FILE: 'port' }).server.port).toBe(3000);
  });

  it('a config/.env that is no file stops the start', () => {
    const { root, load } = scene();
    mkdirSync(join(root, 'config', '.env'));
    expect(refusalOf(() => load(goodSecrets))).toMatch(/config\/\.env cannot be read \(EISDIR\)/);
  });

  it('without a file to read or write, the environment is all there is', () => {
    const { root } = scene();
    const line = refusalOf(() => loadConfig({ environment: {}, root, envFile: null }));
    expect(line).toContain('API_KEY');
    expect(existsSync(join(root, 'config', '.env'))).toBe(false);
  });

  it('a first start that cannot write its file says what to set instead', () => {
    const { root } = scene();
    const line = refusalOf(() =>
      loadConfig({ environment: {}, root, envFile: join(root, 'none', '.env'), announce: () => {} }),
    );
    expect(line).toMatch(/API_KEY.+must be set, because config\/\.env cannot be written \(ENOENT\)/);
  });
});
