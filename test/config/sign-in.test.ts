import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, secretsOf } from '../../config/index.js';
import { newFolder } from '../support/databases.js';
import { goodSecrets, load, refusal } from './settings.js';

const production = (variables: Record<string, string>) => ({ NODE_ENV: 'production', ...variables });

describe('the settings for signing in', () => {
  it('have the documented defaults', () => {
    expect(load().auth).toEqual({
      strict: false,
      defaultCountry: 'IN',
      jwtSecret: goodSecrets.JWT_SECRET,
      previousJwtSecret: null,
      jwtLifetimeMs: 604_800_000,
      clientUrls: ['http://localhost:3000'],
      publicUrl: 'http://localhost:3000',
      tokenCookie: 'token',
      google: null,
    });
    expect(load().email).toBeNull();
  });

  it.each([
    ['3600', 3_600_000],
    ['45s', 45_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2 D', 172_800_000],
  ])('read JWT_EXPIRES_IN=%s', (value, ms) => {
    expect(load({ JWT_EXPIRES_IN: value }).auth.jwtLifetimeMs).toBe(ms);
  });

  it('limit questions about unknown accounts in production, and elsewhere when told so', () => {
    const lookups = (environment: Record<string, string>) =>
      load(environment).limits['address-lookups'].count;
    expect(lookups(production({}))).toBe(10);
    expect(lookups(production({ UNKNOWN_LOOKUPS_PER_10_MINUTES: '3' }))).toBe(3);
    expect(lookups({ UNKNOWN_LOOKUPS_PER_10_MINUTES: '3' })).toBe(3);
  });

  it('name the own address by its port, unless the system chooses the port', () => {
    expect(load({ PORT: '4100' }).auth.publicUrl).toBe('http://localhost:4100');
    expect(load({ PORT: '0' }).auth.publicUrl).toBeNull();
    expect(load({ PORT: '0', PUBLIC_URL: 'https://otp.example.com/' }).auth.publicUrl).toBe(
      'https://otp.example.com',
    );
  });

  it('know a country in any case', () => {
    expect(load({ DEFAULT_COUNTRY: 'id' }).auth.defaultCountry).toBe('ID');
  });

  it('have Google with both halves of its client', () => {
    const client = { GOOGLE_CLIENT_ID: 'id.apps.example', GOOGLE_CLIENT_SECRET: 'client-secret-1' };
    expect(load(client).auth.google).toEqual({
      issuer: 'https://accounts.google.com',
      clientId: 'id.apps.example',
      clientSecret: 'client-secret-1',
    });
    expect(refusal({ CAPTCHA_SECRET: 's' })).toContain('CAPTCHA_VERIFY_URL must be set together');
    expect(refusal({ GOOGLE_CLIENT_ID: 'id' })).toContain('GOOGLE_CLIENT_SECRET must be set together');
    expect(refusal({ GOOGLE_CLIENT_SECRET: 's' })).toContain('GOOGLE_CLIENT_ID must be set together');
    const local = { ...client, GOOGLE_ISSUER: 'http://127.0.0.1:4400' };
    expect(load(local).auth.google?.issuer).toBe('http://127.0.0.1:4400');
    expect(refusal(production(local))).toContain('GOOGLE_ISSUER must be an https:// URL');
  });

  it.each([
    ['SECURITY_PROFILE', 'lax'],
    ['DEFAULT_COUNTRY', 'XX'],
    ['DEFAULT_COUNTRY', 'India'],
    ['JWT_EXPIRES_IN', 'soon'],
    ['JWT_EXPIRES_IN', '0h'],
    ['JWT_EXPIRES_IN', '7 weeks'],
    ['UNKNOWN_LOOKUPS_PER_10_MINUTES', '-7'],
    ['CLIENT_URL', 'localhost:3000'],
    ['CLIENT_URL', 'https://user:pw@example.test'],
    ['CLIENT_URL', 'https://a.example.test,*'],
    ['CLIENT_URL', ' , '],
    ['PUBLIC_URL', 'https://example.test/?a=b'],
    ['PUBLIC_URL', 'https://a.example.test,https://b.example.test'],
    ['GOOGLE_ISSUER', 'https://a.example.test,https://b.example.test'],
    ['EMAIL_USER', 'Acme <otp@example.test>'],
    ['GOOGLE_ISSUER', 'http://accounts.example.test'],
    ['SMTP_URL', 'mail.example.test:587'],
    ['SMTP_URL', 'smtp://user:100%@mail.example.test'],
    ['EMAIL_FROM', 'nobody'],
    ['EMAIL_FROM', 'a@b.example, c@d.example'],
  ])('refuse %s=%s', (variable, value) => {
    const line = refusal({ [variable]: value });
    expect(line).toMatch(/^Configuration: [^\n]+\.$/);
    expect(line).toContain(variable);
    expect(line).not.toContain(value);
  });

  it.each([
    ['JWT_SECRET', 'your-super-secret-jwt-key'],
    ['GOOGLE_CLIENT_ID', 'your_google_oauth_client_id'],
    ['GOOGLE_CLIENT_SECRET', 'your_google_oauth_client_secret'],
    ['EMAIL_USER', 'your_email@gmail.com'],
    ['EMAIL_PASSWORD', 'your_email_app_password'],
  ])('refuse the placeholder in %s in production, and know no such setting elsewhere', (variable, value) => {
    const others = {
      GOOGLE_CLIENT_ID: 'your_google_oauth_client_id',
      GOOGLE_CLIENT_SECRET: 'your_google_oauth_client_secret',
      EMAIL_USER: 'your_email@gmail.com',
      EMAIL_PASSWORD: 'your_email_app_password',
    };
    const line = refusal(production({ ...others, [variable]: value }));
    expect(line).toContain(variable);
    expect(line).toContain('must not be the placeholder');
    expect(load(others)).toMatchObject({ email: null, auth: { google: null } });
  });
});

describe('the secret of the tokens', () => {
  const { JWT_SECRET, ...others } = goodSecrets;
  const key = 'another-key-5b1f0c7e9a3d4826b7c1e0f2';

  /** With a config/.env that holds these variables. */
  function loadWithFile(file: Record<string, string>, environment: Record<string, string>) {
    const root = newFolder();
    mkdirSync(join(root, 'config'));
    const text = Object.entries(file).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(root, 'config', '.env'), text.join(''));
    return loadConfig({ environment, root, announce: () => {} });
  }

  it('is also read as TOKEN_KEY', () => {
    const config = loadConfig({ environment: { ...others, TOKEN_KEY: key }, envFile: null });
    expect(config.auth.jwtSecret).toBe(key);
    expect(secretsOf(config)).toContain(key);
  });

  it('as TOKEN_KEY in the environment wins over JWT_SECRET in the file', () => {
    expect(loadWithFile(goodSecrets, { TOKEN_KEY: key }).auth.jwtSecret).toBe(key);
    expect(loadWithFile({ ...others, TOKEN_KEY: key }, { JWT_SECRET }).auth.jwtSecret).toBe(JWT_SECRET);
  });

  it('is refused when one place gives two different ones', () => {
    expect(refusal({ TOKEN_KEY: key })).toBe(
      'Configuration: TOKEN_KEY must be the same as JWT_SECRET, or only one of the two be set.',
    );
    expect(load({ TOKEN_KEY: JWT_SECRET }).auth.jwtSecret).toBe(JWT_SECRET);
  });

  it('is refused in production when it is the placeholder of the documentation, under either name', () => {
    const environment = { ...others, NODE_ENV: 'production', TOKEN_KEY: 'your_secret_key_for_jwt' };
    expect(() => loadConfig({ environment, envFile: null })).toThrow(/must not be the placeholder/);
  });
});

describe('the mail server', () => {
  it('is the one of SMTP_URL, whatever else is set', () => {
    const SMTP_URL = 'smtps://otp:p%40ss@mail.example.com';
    const config = load({ SMTP_URL, EMAIL_USER: 'me@gmail.com', EMAIL_PASSWORD: 'app password' });
    expect(config.email).toEqual({ url: SMTP_URL, from: 'me@gmail.com' });
    expect(secretsOf(config)).toEqual(expect.arrayContaining([SMTP_URL, 'p%40ss', 'p@ss']));
  });

  it('is Gmail with a Gmail account alone', () => {
    expect(load({ EMAIL_USER: 'me@gmail.com', EMAIL_PASSWORD: 'abcd efgh' }).email).toEqual({
      url: 'smtps://me%40gmail.com:abcd%20efgh@smtp.gmail.com:465',
      from: 'me@gmail.com',
    });
    expect(refusal({ EMAIL_USER: 'me@gmail.com' })).toContain('EMAIL_PASSWORD must be set together');
    expect(refusal({ EMAIL_PASSWORD: 'app' })).toContain('EMAIL_USER must be set together');
  });

  it.each([
    ['smtp://mail.example.com:2525', 'no-reply@mail.example.com'],
    ['smtp://127.0.0.1:2525', 'no-reply@localhost'],
    ['smtp://[::1]:2525', 'no-reply@localhost'],
  ])('%s sends as %s, unless told otherwise', (url, from) => {
    expect(load({ SMTP_URL: url }).email).toEqual({ url, from });
    expect(load({ SMTP_URL: url, EMAIL_FROM: 'Shop <shop@example.com>' }).email?.from).toBe(
      'Shop <shop@example.com>',
    );
  });
});
