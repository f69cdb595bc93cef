import { randomBytes } from 'node:crypto';
import { createKeyedHash, createSealer } from '../../src/sealing.js';

/** What the tests' installations have under ENCRYPTION_KEY, and what another installation has. */
export const KEY = 'ab'.repeat(32);
export const OTHER_KEY = 'cd'.repeat(32);
export const JWT_SECRET = 'a-secret-of-the-tests-with-an-é-in-it';

/** How such an installation stores the text of a message and a code. */
export const bodySealer = createSealer(KEY, 'job-body');
export const codeHash = createKeyedHash(KEY, 'code');

/** New ones, for the environment of a process. */
export function newSecrets() {
  const secret = () => randomBytes(32).toString('hex');
  return {
    API_KEY: secret(),
    ADMIN_USERNAME: 'admin',
    ADMIN_PASSWORD: secret(),
    SESSION_SECRET: secret(),
    JWT_SECRET: secret(),
    ENCRYPTION_KEY: secret(),
  };
}
