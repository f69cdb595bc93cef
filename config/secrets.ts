import { loginSecrets } from '../src/log.js';
import { isLoopback } from '../src/loopback.js';
import { isCommon } from '../src/typed/common-passwords.js';
import type { Config } from './config.js';
import type { Fault } from './config-error.js';
import type { Values } from './schema.js';

/** Nothing starts without these; the first start generates them. */
export const REQUIRED_SECRETS = [
  'API_KEY',
  'ADMIN_PASSWORD',
  'SESSION_SECRET',
  'JWT_SECRET',
  'ENCRYPTION_KEY',
] as const;

/** Of each, the one of before, while it is being replaced. */
export const PREVIOUS_SECRETS = [
  'API_KEY_PREVIOUS',
  'JWT_SECRET_PREVIOUS',
  'ENCRYPTION_KEY_PREVIOUS',
] as const;

/** Their values can also come from the file that NAME_FILE names. */
export const SECRETS: readonly string[] = [
  ...REQUIRED_SECRETS,
  ...PREVIOUS_SECRETS,
  'TOKEN_KEY',
  'TELEGRAM_BOT_TOKEN',
  'DATABASE_URL',
  'SMTP_URL',
  'EMAIL_PASSWORD',
  'EMAIL_DKIM_KEY',
  'GOOGLE_CLIENT_SECRET',
  'CAPTCHA_SECRET',
];

/** Such a secret may be any text. */
export function isFreeText(name: string): boolean {
  return SECRETS.includes(name) && !name.endsWith('_URL');
}

/** The same secret under the name that another documentation uses. */
export const ALIASES: Readonly<Record<string, string>> = { JWT_SECRET: 'TOKEN_KEY' };

const OWN_SECRETS = [...REQUIRED_SECRETS, ...PREVIOUS_SECRETS] as const;
type OwnSecret = (typeof OWN_SECRETS)[number];

const MIN_BYTES: Record<Exclude<OwnSecret, 'ENCRYPTION_KEY' | 'ENCRYPTION_KEY_PREVIOUS'>, number> = {
  API_KEY: 16,
  API_KEY_PREVIOUS: 16,
  ADMIN_PASSWORD: 10,
  SESSION_SECRET: 32,
  JWT_SECRET: 32,
  JWT_SECRET_PREVIOUS: 32,
};

/** Example values from published documentation, and therefore known to everybody. */
const EXAMPLES = new Set([
  'a_very_long_and_random_session_secret_string',
  'jwt_token',
  'strongpassword123',
  'securepassword123',
  'securepass123',
]);

export function isPlaceholder(value: string): boolean {
  const name = value.trim().toLowerCase().replaceAll('-', '_');
  return name.startsWith('your_') || EXAMPLES.has(name);
}

const MAY_BE_PLACEHOLDERS = [
  'ADMIN_USERNAME',
  ...OWN_SECRETS,
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_CHAT_ID',
  'DATABASE_URL',
  'EMAIL_USER',
  'EMAIL_PASSWORD',
  'GOOGLE_CLIENT_ID',
  'GOOGLE_CLIENT_SECRET',
] as const satisfies (keyof Values)[];

/** Who holds one of these is somebody else; none of ours may be the same. */
const FOREIGN_SECRETS = [
  'TELEGRAM_BOT_TOKEN',
  'EMAIL_PASSWORD',
  'GOOGLE_CLIENT_SECRET',
  'CAPTCHA_SECRET',
] as const;

const MIN_CHARACTERS = 8;
const MIN_KEY_BYTES = 16;

/** Where others can try secrets: in production, and wherever the port is open to other machines. */
export function mustBeStrong({ NODE_ENV, HOST }: Values): boolean {
  return NODE_ENV === 'production' || (HOST !== undefined && !isLoopback(HOST));
}

/** What is refused there: placeholders, secrets that can be guessed, one secret used for two purposes. */
export function weakSecrets(values: Values): Fault[] {
  const faults: Fault[] = [];
  for (const variable of MAY_BE_PLACEHOLDERS) {
    if (isPlaceholder(String(values[variable] ?? ''))) {
      faults.push({ variable, says: 'must not be the placeholder of the documentation' });
    }
  }
  for (const [index, variable] of OWN_SECRETS.entries()) {
    const value = values[variable];
    if (value === undefined || faults.some((fault) => fault.variable === variable)) continue;
    const says = weaknessOf(variable, value, values);
    if (says) faults.push({ variable, says });
    const others = [...OWN_SECRETS.slice(0, index), ...FOREIGN_SECRETS];
    const twin = others.find((other) => isSame(variable, value, values[other]));
    if (twin) faults.push({ variable, says: `must differ from ${twin}` });
  }
  return faults;
}

/** The encryption keys are hexadecimal, in either case. */
function isSame(variable: OwnSecret, value: string, other: string | undefined): boolean {
  return variable.startsWith('ENCRYPTION_KEY')
    ? value.toLowerCase() === other?.toLowerCase()
    : value === other;
}

function weaknessOf(variable: OwnSecret, value: string, values: Values): string | null {
  if (variable === 'ENCRYPTION_KEY' || variable === 'ENCRYPTION_KEY_PREVIOUS') {
    const different = new Set(Buffer.from(value, 'hex')).size;
    return different < MIN_KEY_BYTES ? `must have at least ${MIN_KEY_BYTES} different bytes` : null;
  }
  const minBytes = MIN_BYTES[variable];
  const where = values.NODE_ENV === 'production' ? 'in production' : 'with a HOST that others can reach';
  if (Buffer.byteLength(value) < minBytes) return `must be at least ${minBytes} bytes long ${where}`;
  if (variable === 'ADMIN_PASSWORD' && value.toLowerCase() === values.ADMIN_USERNAME.toLowerCase()) {
    return 'must differ from ADMIN_USERNAME';
  }
  if (new Set(value).size < MIN_CHARACTERS)
    return `must have at least ${MIN_CHARACTERS} different characters`;
  return isCommon(value, 10_000) ? 'must not be one of the 10,000 commonest passwords' : null;
}

/** Every value that must never be seen outside, for the log to redact. */
export function secretsOf(config: Config): string[] {
  const database = config.database.kind === 'postgres' ? [config.database.url] : [];
  const urls = [...database, ...(config.email ? [config.email.url] : [])];
  return [
    config.apiKey,
    config.previousApiKey ?? '',
    config.admin.password,
    config.admin.sessionSecret,
    config.auth.jwtSecret,
    config.auth.previousJwtSecret ?? '',
    config.encryptionKey,
    config.previousEncryptionKey ?? '',
    ...(config.telegram ? [config.telegram.botToken] : []),
    ...(config.email?.dkim ? [config.email.dkim.privateKey] : []),
    ...(config.channels.sms ? smsSecrets(config.channels.sms) : []),
    ...(config.captcha ? [config.captcha.secret] : []),
    ...(config.auth.google ? [config.auth.google.clientSecret] : []),
    ...urls,
    ...urls.map((url) => new URL(url).password),
    ...(config.email ? mailLogin(config.email.url) : []),
  ].filter((secret) => secret !== '');
}

function smsSecrets({ secrets, signature, receipt }: NonNullable<Config['channels']['sms']>): string[] {
  const { type: _, ...shown } = receipt?.verification ?? { type: 'none' };
  const known = Object.entries(shown).filter(([name]) => ['token', 'password', 'secret'].includes(name));
  return [
    ...Object.values(secrets),
    ...(signature?.secrets ?? []),
    ...known.map(([, value]) => String(value)),
  ];
}

function mailLogin(url: string): string[] {
  const { username, password } = new URL(url);
  if (password === '') return [];
  return loginSecrets({ user: decodeURIComponent(username), pass: decodeURIComponent(password) });
}
