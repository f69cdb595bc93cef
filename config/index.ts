import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../database/root.js';
import { loadChannels } from './channels/index.js';
import { compose } from './compose.js';
import type { Config } from './config.js';
import { ConfigError, type Fault, refuse } from './config-error.js';
import { type Environment, isGiven, pickValues, readEnvFile } from './env.js';
import { firstStartNotice, writeFirstEnvFile } from './first-start.js';
import { unconfigured } from './route.js';
import { schema, VARIABLES, type Values } from './schema.js';
import { isPlaceholder, mustBeStrong, PREVIOUS_SECRETS, REQUIRED_SECRETS, weakSecrets } from './secrets.js';

export type { Config } from './config.js';
export { ConfigError } from './config-error.js';
export { secretsOf } from './secrets.js';
export { warningsOf } from './warnings.js';

export interface LoadOptions {
  environment?: Environment;
  /** What relative paths are relative to. */
  root?: string;
  /** Read, and written on the first start; `null`: use the environment alone. */
  envFile?: string | null;
  /** False: nothing is written; without a first start it is a `ConfigError`. */
  mayWrite?: boolean;
  /** Receives the notice of the first start. */
  announce?: (text: string) => void;
}

const NOT_INSTALLED = 'There is no configuration yet; start the server or create a key first.';

/** The configuration, deep-frozen. Throws `ConfigError` before anything has been opened. */
export function loadConfig(options: LoadOptions = {}): Config {
  const { environment = process.env, root = projectRoot, announce = print, mayWrite = true } = options;
  const { envFile = join(root, 'config', '.env') } = options;
  const layers = [environment];
  if (envFile !== null) {
    const missing = REQUIRED_SECRETS.some((name) => !isGiven(environment, name));
    if (missing && !mayWrite && !existsSync(envFile)) throw new ConfigError(NOT_INSTALLED);
    if (missing && mayWrite && writeFirstEnvFile(envFile, join(projectRoot, 'config', '.env.example'))) {
      announce(firstStartNotice(envFile));
    }
    layers.push(readEnvFile(envFile));
  }
  const values = validate(pickValues(layers, VARIABLES, root));
  const production = values.NODE_ENV === 'production';
  const channels = loadChannels(values.CHANNELS_FILE, { root, layers, production });
  const [missing] = unconfigured(values.CODE_ROUTE, channels.sms ? ['sms'] : []);
  if (missing) refuse([{ variable: 'CODE_ROUTE', says: `names ${missing}, which is not configured` }]);
  return deepFreeze(compose(values, channels, root));
}

function validate(given: Record<string, string>): Values {
  const production = given.NODE_ENV === 'production';
  if (!production) dropPlaceholders(given);
  const parsed = schema.safeParse(given);
  if (!parsed.success) refuse(firstFaults(parsed.error.issues));
  const weak = mustBeStrong(parsed.data) ? weakSecrets(parsed.data) : [];
  if (weak.length > 0) refuse(weak);
  return parsed.data;
}

/** Given as placeholders in the documented example files: outside production that means "not set". */
const OPTIONAL = [
  ...PREVIOUS_SECRETS,
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_CHAT_ID',
  'GOOGLE_CLIENT_ID',
  'GOOGLE_CLIENT_SECRET',
  'EMAIL_USER',
  'EMAIL_PASSWORD',
];

function dropPlaceholders(given: Record<string, string>): void {
  for (const name of OPTIONAL) {
    if (isPlaceholder(given[name] ?? '')) delete given[name];
  }
}

/** One fault per variable, in the order of the schema. */
function firstFaults(issues: { path: PropertyKey[]; message: string }[]): Fault[] {
  const faults = new Map<string, Fault>();
  for (const { path, message } of issues) {
    const variable = String(path[0]);
    if (!faults.has(variable)) faults.set(variable, { variable, says: message });
  }
  return [...faults.values()];
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
