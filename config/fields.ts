import { isIP } from 'node:net';
import * as z from 'zod';

/** The kinds of values that a variable can have. Each message continues the variable's name. */

/** The longest a Node timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** Decimal digits only: no sign, no fraction, no exponent. */
export function wholeNumber(from: number, to: number) {
  const says =
    to === LONGEST_MS || to === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of at least ${from}`
      : `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, says)
    .transform(Number)
    .refine((value) => value >= from && value <= to, says);
}

export const milliseconds = (from: number) => wholeNumber(from, LONGEST_MS);

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

/** A single path segment: it cannot lead out of the folder it lies in. */
export const folderName = z
  .string()
  .regex(
    /^(?!\.{1,2}$)[\w.-]{1,100}$/,
    'must be a plain folder name (letters, digits, dot, dash, underscore)',
  );

export const accountName = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'must be up to 64 letters, digits, dashes or underscores');

export const host = z
  .string()
  .refine(
    (value) => isIP(value) !== 0 || /^(?=.{1,253}$)(?![\d.]+$)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
    'must be an IP address or a host name',
  );

export const requiredText = z.string({
  error: 'must be set: in the environment, in config/.env, or in a file that NAME_FILE points to',
});

/** A key that travels in a header. */
export const headerValue = requiredText.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** Encrypted to any host, in the clear to this machine only. */
export function endpoint(secure: 'wss:' | 'https:', plain: 'ws:' | 'http:') {
  return z.string().refine((value) => {
    const url = parseUrl(value);
    if (!url || url.username || url.password || url.hash) return false;
    return url.protocol === secure || (url.protocol === plain && isLoopback(url.hostname));
  }, `must be a ${secure}// URL (${plain}// only for a loopback address) without credentials`);
}

/** The address that a path is appended to. */
export function baseUrl(secure: 'https:', plain: 'http:') {
  return endpoint(secure, plain)
    .refine((value) => !value.includes('?'), 'must be a URL without a query')
    .transform((value) => value.replace(/\/+$/, ''));
}

export const postgresUrl = z.string().refine((value) => {
  const protocol = parseUrl(value)?.protocol;
  return protocol === 'postgres:' || protocol === 'postgresql:';
}, 'must be a postgres:// URL');

export const versionNumber = z
  .string()
  .regex(/^\d{1,10}\.\d{1,10}\.\d{1,10}$/, 'must be three whole numbers with dots between them')
  .transform((value) => value.split('.').map(Number) as [number, number, number]);

/** `{code}` and `{otp}` count as `{{code}}`, with one brace or two; the result has the two-brace names only. */
export const messageTemplate = z
  .string()
  .max(1_000, 'must be at most 1000 characters long')
  .transform((text) =>
    text
      .replace(/\{\{\s*(?:code|otp)\s*\}\}|\{(?:code|otp)\}/gi, '{{code}}')
      .replace(/\{\{\s*minutes\s*\}\}|\{minutes\}/gi, '{{minutes}}'),
  )
  .refine((text) => text.includes('{{code}}'), 'must contain {{code}}, the place of the code');

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
