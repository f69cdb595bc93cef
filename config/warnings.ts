import { isLoopback } from '../src/loopback.js';
import type { Config } from './config.js';

const MANY_PROXIES = 3;
const LONG_TOKEN_MS = 30 * 24 * 3_600_000;

/** What a start goes on with and an operator should know: a line each, without the values. */
export function warningsOf({ env, server, auth }: Config): string[] {
  const production = env === 'production';
  const plain = auth.clientUrls.map((url) => new URL(url)).filter(({ protocol }) => protocol === 'http:');
  const warnings: [boolean, string][] = [
    [
      production && !server.hostGiven,
      'HOST is not set: listening on 127.0.0.1 only. For other machines, put a reverse proxy in front, or set HOST=0.0.0.0.',
    ],
    [
      server.trustProxy > MANY_PROXIES,
      `TRUST_PROXY is more than ${MANY_PROXIES}: with one more than there are proxies, clients choose the address that counts.`,
    ],
    [
      production && plain.some(({ hostname }) => !isLoopback(hostname)),
      'CLIENT_URL names a web site without https: whoever is on the way can change it and act for its users.',
    ],
    [
      auth.jwtLifetimeMs > LONG_TOKEN_MS,
      'JWT_EXPIRES_IN is more than 30 days: that is how long a stolen token can be used.',
    ],
  ];
  return warnings.filter(([applies]) => applies).map(([, line]) => line);
}
