import { createHmac } from 'node:crypto';
import { randomBytesPooled } from '../random.js';

/**
 * Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md): a symmetric secret
 * of 24 to 64 bytes, shown as `whsec_` and base64.
 */
const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function newSecret(): string {
  return `${PREFIX}${randomBytesPooled(SECRET_BYTES).toString('base64')}`;
}

/**
 * The headers of one attempt.
 * @param secrets all that are in use, with their prefix: one signature each.
 * @param at Unix ms of this attempt.
 */
export function signedHeaders(id: string, at: number, body: string, secrets: string[]) {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
