import { randomInt } from 'node:crypto';

/** A uniformly random code of exactly `length` ASCII digits, leading zeros included. */
export function generateCode(length: number): string {
  return randomInt(0, 10 ** length)
    .toString()
    .padStart(length, '0');
}

const CODE = /\{\{?\s*(?:code|otp)\s*\}?\}/g;
const MINUTES = /\{\{?\s*minutes\s*\}?\}/g;

/** The message around a code: `{{code}}` (or `{{otp}}`) and `{{minutes}}` are replaced. */
export function composeMessage(template: string, code: string, ttlMs: number): string {
  const minutes = String(Math.max(1, Math.round(ttlMs / 60_000)));
  return template.replace(CODE, code).replace(MINUTES, minutes);
}
