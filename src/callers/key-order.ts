import { isSupportedCountry } from 'libphonenumber-js/max';
import { AppError } from '../errors.js';
import { typedDuration } from '../typed/duration.js';
import { isBlank } from '../typed/invisible.js';
import { typedName } from '../typed/name.js';
import { returnUrlEntry } from '../typed/return-url.js';
import { typedTime } from '../typed/time.js';
import { wholeNumber } from '../typed/whole-number.js';
import { allowedAddress } from './allowed-addresses.js';
import type { CallerLimits } from './caller.js';
import { isScope, SCOPES, type Scope } from './scopes.js';

/** The settings of a new key. */
export interface KeyOrder {
  name: string;
  scopes: Scope[];
  /** Null: any. */
  allowedIps: string[] | null;
  limits: CallerLimits;
  /** Unix ms; null: never. */
  expiresAt: number | null;
  /** As `returnUrlEntry` writes them; null: none. */
  returnUrls: string[] | null;
  /** As `Caller.refusesSms`; no by default. */
  refusesSms?: boolean;
}

/** The same as people type it; blank means left out. Lists are separated by commas or spaces. */
export interface TypedKeyOrder {
  name: unknown;
  scopes: unknown;
  /** `90d`, `2027-01-31`, `never` */
  expires?: unknown;
  allowedIps?: unknown;
  perMinute?: unknown;
  codesPerMinute?: unknown;
  codesPerHour?: unknown;
  perDay?: unknown;
  /** `EG=100, *=10` */
  perCountry?: unknown;
  returnUrls?: unknown;
  /** `yes` or `no` */
  refuseSms?: unknown;
}

const FIELDS = [
  'name',
  'scopes',
  'expires',
  'allowedIps',
  'perMinute',
  'codesPerMinute',
  'codesPerHour',
  'perDay',
  'perCountry',
  'returnUrls',
  'refuseSms',
];
const SWITCHES = new Map([
  ...['yes', 'on', 'true', '1'].map((word) => [word, true] as const),
  ...['no', 'off', 'false', '0'].map((word) => [word, false] as const),
]);
const MAX_NAME = 64;
const MAX_ADDRESSES = 50;
const MAX_RETURN_URLS = 20;
const MAX_COUNT = 1_000_000_000;
const HOUR_MS = 3_600_000;
const DEFAULT_OVERLAP_MS = 24 * HOUR_MS;
const MAX_OVERLAP_MS = 30 * 24 * HOUR_MS;

/** Throws bad_request with a sentence for whoever typed it. */
export function readKeyOrder(typed: TypedKeyOrder, now: number): KeyOrder {
  const unknown = Object.keys(typed).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw bad(`A key has no "${unknown}", only ${FIELDS.join(', ')}.`);
  return {
    name: readName(typed.name),
    scopes: readScopes(typed.scopes),
    allowedIps: readAddresses(typed.allowedIps),
    limits: {
      perMinute: readCount('requests a minute', typed.perMinute),
      codesPerMinute: readCount('codes a minute', typed.codesPerMinute),
      codesPerHour: readCount('codes an hour', typed.codesPerHour),
      perDay: readCount('codes a day', typed.perDay),
      perCountry: readCountries(typed.perCountry),
    },
    expiresAt: readExpiry(typed.expires, now),
    returnUrls: readReturnUrls(typed.returnUrls),
    refusesSms: readSwitch(typed.refuseSms),
  };
}

/** How long the previous secret keeps working: `24h` by default, `0` for not at all. */
export function readOverlap(typed: unknown): number {
  if (isBlank(typed)) return DEFAULT_OVERLAP_MS;
  const text = textOf('overlap', typed).trim();
  const ms = text === '0' ? 0 : typedDuration(text);
  if (ms === null || ms > MAX_OVERLAP_MS) throw bad(`"${text}" is no time up to 30d, such as 24h or 0.`);
  return ms;
}

/** Throws like `readKeyOrder`. */
export function readSwitch(typed: unknown): boolean {
  if (typeof typed === 'boolean') return typed;
  const text = textOf('switch', typed).trim().toLowerCase();
  const isOn = isBlank(text) ? false : SWITCHES.get(text);
  if (isOn === undefined) throw bad(`"${text}" is neither yes nor no.`);
  return isOn;
}

function readName(typed: unknown): string {
  const name = typedName(textOf('name', typed).replace(/\p{Cc}/gu, ' '));
  if (name === '') throw bad('A key needs a name.');
  if ([...name].length > MAX_NAME) throw bad(`The name must have at most ${MAX_NAME} characters.`);
  return name;
}

function readScopes(typed: unknown): Scope[] {
  const words = wordsOf('scopes', typed);
  const unknown = words.find((word) => !isScope(word));
  if (unknown !== undefined) {
    throw bad(`There is no scope "${unknown}". The scopes are ${SCOPES.join(', ')}.`);
  }
  if (words.length === 0) throw bad(`A key needs at least one scope of ${SCOPES.join(', ')}.`);
  return SCOPES.filter((scope) => words.includes(scope));
}

function readAddresses(typed: unknown): string[] | null {
  const words = wordsOf('allowed addresses', typed);
  if (words.length > MAX_ADDRESSES)
    throw bad(`At most ${MAX_ADDRESSES} addresses and networks can be listed.`);
  const addresses = words.map((word) => {
    const address = allowedAddress(word);
    if (address === null)
      throw bad(`"${word}" is no IP address and no network such as 192.0.2.0/24 or 2001:db8::/32.`);
    return address;
  });
  return addresses.length === 0 ? null : [...new Set(addresses)];
}

/** Throws like `readKeyOrder`. */
export function readReturnUrls(typed: unknown): string[] | null {
  const words = wordsOf('return addresses', typed);
  if (words.length > MAX_RETURN_URLS) throw bad(`At most ${MAX_RETURN_URLS} return addresses can be listed.`);
  const entries = words.map((word) => {
    const entry = returnUrlEntry(word);
    if (entry === null) throw bad(`"${word}" is no address such as https://app.example.com/signed-up.`);
    return entry;
  });
  return entries.length === 0 ? null : [...new Set(entries)];
}

function readCount(what: string, typed: unknown): number | null {
  if (isBlank(typed)) return null;
  const text = typeof typed === 'string' || typeof typed === 'number' ? String(typed).trim() : '';
  const count = wholeNumber(text.replace(/^0+/, ''));
  if (count === null || count > MAX_COUNT) throw bad(`The ${what} must be a whole number from 1.`);
  return count;
}

function readCountries(typed: unknown): Map<string, number> | null {
  const limits = new Map<string, number>();
  for (const word of wordsOf('codes a day to a country', typed)) {
    const [country = '', typedCount, ...more] = word.toUpperCase().split('=');
    const isCountry = country === '*' || isSupportedCountry(country);
    const count = isBlank(typedCount) ? null : readCount(`codes a day to ${country}`, typedCount);
    if (!isCountry || count === null || more.length > 0) {
      throw bad(`"${word}" is no limit for a country, such as EG=100, or *=10 for each of the others.`);
    }
    if (limits.has(country)) throw bad(`There are two limits for "${country}".`);
    limits.set(country, count);
  }
  return limits.size === 0 ? null : limits;
}

function readExpiry(typed: unknown, now: number): number | null {
  const text = textOf('expiry', typed).trim();
  if (isBlank(text) || text === 'never') return null;
  const ms = typedDuration(text);
  const at = ms === null ? typedTime(text) : now + ms;
  if (at === null) throw bad(`"${text}" is no time such as 90d, 12h, 2027-01-31 or never.`);
  if (at <= now) throw bad(`"${text}" is over already.`);
  return at;
}

/** From a text, or from a list of them as JSON has it. */
function wordsOf(what: string, typed: unknown): string[] {
  const texts = Array.isArray(typed) ? typed : [typed];
  return texts.flatMap((text) => textOf(what, text).split(/[\s,;]+/)).filter((word) => word !== '');
}

function textOf(what: string, typed: unknown): string {
  if (typed === undefined || typed === null) return '';
  if (typeof typed === 'string' || typeof typed === 'number') return String(typed);
  throw bad(`The ${what} must be text.`);
}

function bad(sentence: string): AppError {
  return new AppError('bad_request', sentence);
}
