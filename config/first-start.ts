import { randomBytes } from 'node:crypto';
import { constants, copyFileSync, existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { ConfigError } from './config-error.js';
import { errorCode } from './env.js';
import { REQUIRED_SECRETS } from './secrets.js';

/**
 * Writes `file` from the example with new random secrets, mode 0600. When several processes start at once, one of them
 * writes it, and none reads it half written: it is completed under another name and then linked into place.
 *
 * @returns whether this call wrote it; `false` when it already existed.
 */
export function writeFirstEnvFile(file: string, exampleFile: string): boolean {
  if (existsSync(file)) return false;
  const draft = `${file}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(draft, withSecrets(readFileSync(exampleFile, 'utf8')), {
      flag: 'wx',
      mode: 0o600,
      flush: true,
    });
    placeExclusively(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw new ConfigError(
      `Configuration: ${REQUIRED_SECRETS.join(', ')} must be set, because config/.env cannot be written (${errorCode(error)}).`,
    );
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Shown to the operator once: where the secrets are, not what they are. */
export function firstStartNotice(file: string): string {
  return [
    '',
    `  First start: new random secrets were written to ${file}`,
    '  API_KEY guards the API; ADMIN_USERNAME and ADMIN_PASSWORD open the dashboard.',
    '  Keep a copy of ENCRYPTION_KEY: without it the stored WhatsApp session cannot be read.',
    '',
  ].join('\n');
}

function withSecrets(example: string): string {
  const values: Record<string, string> = {
    NODE_ENV: 'production',
    API_KEY: randomBytes(32).toString('base64url'),
    ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
    SESSION_SECRET: randomBytes(48).toString('base64url'),
    JWT_SECRET: randomBytes(48).toString('base64url'),
    ENCRYPTION_KEY: randomBytes(32).toString('hex'),
  };
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`),
    example,
  );
}

function placeExclusively(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    // Some file systems of containers and shared folders lack hard links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(errorCode(error))) throw error;
    copyFileSync(draft, file, constants.COPYFILE_EXCL);
  }
}
