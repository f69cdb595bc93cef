import { isIP } from 'node:net';
import { isSupportedCountry } from 'libphonenumber-js/max';
import * as z from 'zod';
import { isLoopback } from '../src/loopback.js';
import { UNIT_MS } from '../src/typed/duration.js';

/** The kinds of values that a variable can have. Each message follows the variable's name. */

/** The longest a Node timer can wait. */
const MAX_MS = 2 ** 31 - 1;

/** Decimal digits only: no sign, no fraction, no exponent. */
export function wholeNumber(from: number, to: number) {
  const says =
    to === MAX_MS || to === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of at least ${from}`
      : `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, says)
    .transform(Number)
    .refine((value) => value >= from && value <= to, says);
}

export const milliseconds = (from: number) => wholeNumber(from, MAX_MS);

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, `must be one of ${values.join(', ')}`);
}

/** A single path segment: it cannot lead out of its folder. */
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
  .transform((value) => value.replace(/^\[(.*)\]$/, '$1'))
  .refine(
    (value) => isIP(value) !== 0 || /^(?=.{1,253}$)(?![\d.]+$)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
    'must be an IP address or a host name',
  );

export const requiredText = z.string({
  error: 'must be set: in the environment, in config/.env, or in a file that NAME_FILE points to',
});

/** A key that travels in a header. */
export const headerValue = requiredText.regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

/** 32 bytes. */
export const encryptionKey = requiredText.regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits');

/** docker's --env-file keeps a comment after a value as part of the value. */
const COMMENT = /\s#/;

export const path = z
  .string()
  .refine((value) => !value.includes('\0'), 'must be a path')
  .refine((value) => !COMMENT.test(value), 'must be a path, without a comment after it');

export const userName = z
  .string()
  .refine((value) => !COMMENT.test(value), 'must be a name, without a comment after it');

/** Encrypted to any host; unencrypted to this machine only. */
export function endpoint(secure: 'wss:' | 'https:', plain: 'ws:' | 'http:') {
  return z.string().refine((value) => {
    const url = parseUrl(value);
    if (!url || url.username || url.password || url.hash) return false;
    return url.protocol === secure || (url.protocol === plain && isLoopback(url.hostname));
  }, `must be a ${secure}// URL (${plain}// only for a loopback address) without credentials`);
}

/** A URL that paths are appended to. */
export function baseUrl(secure: 'https:', plain: 'http:') {
  return endpoint(secure, plain)
    .refine((value) => !value.includes('?'), 'must be a URL without a query')
    .transform((value) => value.replace(/\/+$/, ''));
}

export const postgresUrl = z.string().refine((value) => {
  const protocol = parseUrl(value)?.protocol;
  return protocol === 'postgres:' || protocol === 'postgresql:';
}, 'must be a postgres:// URL, special characters of its password percent-encoded');

/** The address of a web site; paths are appended to it. */
export const siteUrl = z
  .string()
  .refine((value) => {
    const url = parseUrl(value);
    return (
      (url?.protocol === 'http:' || url?.protocol === 'https:') &&
      `${url.username}${url.password}${url.search}${url.hash}` === ''
    );
  }, 'must be an http:// or https:// URL without credentials or query')
  .transform((value) => value.replace(/\/+$/, ''));

/** What stands between commas. */
export const listed = z.string().transform((value) =>
  value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== ''),
);

export const siteUrls = listed.pipe(z.array(siteUrl).min(1, 'must name a web site'));

export const smtpUrl = z.string().refine((value) => {
  const url = parseUrl(value);
  return (url?.protocol === 'smtp:' || url?.protocol === 'smtps:') && url.hostname !== '' && isDecodable(url);
}, 'must be an smtp:// or smtps:// URL, special characters of its password percent-encoded');

const ADDRESS = String.raw`[^\s<>@,;:"()]+@[^\s<>@,;:"()]+`;
/** Bare, or in quotes (RFC 5322, 3.2.4). */
const DISPLAY_NAME = String.raw`(?:[^<>"\p{Cc}]{1,100}|"(?:[^"\\\p{Cc}]|\\[^\p{Cc}]){1,100}"\s*)`;

export const mailAddress = z.string().regex(new RegExp(`^${ADDRESS}$`), 'must be an e-mail address');

/** Where security researchers write to (RFC 9116, 2.5.3): a URI, or an e-mail address, which becomes one. */
export const securityContact = z
  .string()
  .transform((value) => (/^[^:/]+@/.test(value) ? `mailto:${value}` : value))
  .refine(
    (value) => new RegExp(`^(?:mailto:${ADDRESS}|tel:\\+?[\\d-]+|https://\\S+)$`).test(value),
    'must be an e-mail address, or a mailto:, https: or tel: URI',
  );

/** `address`, `Name <address>` or `"Name, Inc." <address>`: the value of a From header. */
export const mailbox = z
  .string()
  // A .env file keeps the backslashes of `"\"Name, Inc.\" <address>"`.
  .transform((value) => (value.startsWith('\\"') ? value.replaceAll('\\"', '"') : value))
  .pipe(
    z
      .string()
      .regex(
        new RegExp(`^(?:${DISPLAY_NAME}<${ADDRESS}>|${ADDRESS})$`, 'u'),
        'must be an e-mail address, or a name and the address in angle brackets',
      ),
  );

export const country = z
  .string()
  .transform((value) => value.toUpperCase())
  .refine(isSupportedCountry, 'must be the two-letter code of a country (ISO 3166-1)');

export const countries = listed
  .transform((codes) => codes.map((code) => code.toUpperCase()))
  .refine(
    (codes) => codes.length > 0 && codes.every((code) => isSupportedCountry(code)),
    'must be two-letter codes of countries (ISO 3166-1) with commas between them',
  );

const MAX_LIFETIME_DAYS = 3_650;

/** `15m`, `24h`, `7d`, or seconds. In milliseconds. */
export const lifetime = z
  .string()
  .regex(/^\d{1,9}\s?[smhd]?$/i, 'must be a number of seconds, or like 15m, 24h, 7d')
  .transform((value) => {
    const unit = /[smhd]$/i.exec(value)?.[0].toLowerCase() as keyof typeof UNIT_MS | undefined;
    return Number.parseInt(value, 10) * UNIT_MS[unit ?? 's'];
  })
  .refine(
    (ms) => ms > 0 && ms <= MAX_LIFETIME_DAYS * UNIT_MS.d,
    `must be at least a second and at most ${MAX_LIFETIME_DAYS} days`,
  );

export const versionNumber = z
  .string()
  .regex(/^\d{1,10}\.\d{1,10}\.\d{1,10}$/, 'must be three whole numbers with dots between them')
  .transform((value) => value.split('.').map(Number) as [number, number, number]);

/** The user name and the password can be decoded. */
function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}${password}`);
    return true;
  } catch {
    return false;
  }
}

/** A URL with one host or none: a list of addresses would otherwise pass as an odd host name. */
function parseUrl(value: string): URL | null {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url && /^(?:\[[\da-f:.]+\]|[\w.%-]*)$/i.test(url.hostname) ? url : null;
}
