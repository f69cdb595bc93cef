import { ConfigError, loadConfig } from '../../config/index.js';

/** Five secrets that production accepts. */
export const goodSecrets = {
  API_KEY: 'k3y-4f1b8f0c9d2e',
  ADMIN_PASSWORD: 'correct horse battery',
  SESSION_SECRET: 'session-5b1f0c7e9a3d4826b7c1e0f2a9d8',
  JWT_SECRET: 'jwt-c2a94e7f1b3d5086a4c8e1f7b0d3a5926',
  ENCRYPTION_KEY: '00112233445566778899aabbccddeeff'.repeat(2),
};

/** From these variables alone, whatever the machine's environment and files hold. */
export function load(variables: Record<string, string> = {}) {
  return loadConfig({ environment: { ...goodSecrets, ...variables }, root: '/srv/otp', envFile: null });
}

/** The line with which a start with these variables is refused. */
export function refusal(variables: Record<string, string>): string {
  return refusalOf(() => load(variables));
}

export function refusalOf(start: () => unknown): string {
  try {
    start();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the start was not refused');
}
