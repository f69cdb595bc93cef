import * as z from 'zod';
import { canonicalAddress } from '../../http/client-address.js';
import { parseE164 } from '../../otp/phone.js';
import { parseLocale } from '../../otp/texts/languages.js';
import type { Metadata } from '../../otp/verifications/verification.js';
import { typedEmail } from '../../typed/email.js';
import { isName, typedName } from '../../typed/name.js';
import { typedNumber } from '../../typed/number.js';

/** The fields of verifications: what they accept, and what they say of anything else. Null is as if it were left out. */
export function optional<T extends z.ZodType>(field: T) {
  return z.preprocess((given) => given ?? undefined, field.optional());
}

const BAD_CONTACT = 'to must be a phone number such as +201001234567, or an e-mail address';
/** No address that somebody can have is longer; what is longer is not looked at. */
const MAX_CONTACT = 320;

export const contactField = z.string(BAD_CONTACT).transform((given, context) => {
  if (given.length <= MAX_CONTACT) {
    const phone = parseE164(given);
    if (phone !== null) return { kind: 'phone' as const, value: phone };
    const email = given.includes('@') || given.includes('\uff20') ? typedEmail(given) : null;
    if (email !== null) return { kind: 'email' as const, value: email };
  }
  context.addIssue({ code: 'custom', message: BAD_CONTACT });
  return z.NEVER;
});

export function wholeNumberField(name: string, from: number, to: number) {
  const message = `${name} must be a whole number from ${from} to ${to}`;
  return z.number(message).int(message).min(from, message).max(to, message);
}

export function wordField<const T extends readonly [string, ...string[]]>(name: string, words: T) {
  return z.enum(words, `${name} must be one of ${words.join(', ')}`);
}

const BAD_CODE = 'code must be a text of 4 to 10 digits';
export const codeField = z
  .string(BAD_CODE)
  .max(64, BAD_CODE)
  .transform(typedNumber)
  .pipe(z.string().regex(/^\d{4,10}$/, BAD_CODE));

const CHANNEL = /^[a-z][a-z-]{0,31}$/;
const BAD_CHANNEL = 'channel must be the name of a channel, such as whatsapp, sms or email';
export const channelField = z.string(BAD_CHANNEL).regex(CHANNEL, BAD_CHANNEL);

const BAD_ROUTE = 'route must be a list of one to three channels, each of them once';
export const routeField = z
  .array(z.string(BAD_ROUTE).regex(CHANNEL, BAD_ROUTE), BAD_ROUTE)
  .min(1, BAD_ROUTE)
  .max(3, BAD_ROUTE)
  .refine((names) => new Set(names).size === names.length, BAD_ROUTE);

const MAX_ACTION = 40;
const BAD_ACTION = `action must be a text of at most ${MAX_ACTION} characters in one line, and no link`;
/** Messengers make links of bare names, too. */
const NAME_OF_SITE = /[\p{L}\p{N}-]\.\p{L}{2,}/u;
/** And of addresses; behind a scheme anything is one. */
const ADDRESS_OF_SITE = /(?:\p{Nd}{1,3}\.){3}\p{Nd}|:\/\//u;
export const actionField = z
  .string(BAD_ACTION)
  .max(400, BAD_ACTION)
  .transform(typedName)
  .pipe(
    z
      .string()
      .refine((text) => [...text].length <= MAX_ACTION && isName(text) && !/\p{Cc}/u.test(text), BAD_ACTION)
      .refine((text) => !NAME_OF_SITE.test(text) && !ADDRESS_OF_SITE.test(text), BAD_ACTION),
  );

const BAD_CLIENT = 'client must be a text of 1 to 128 characters without control characters';
export const clientField = z
  .string(BAD_CLIENT)
  .min(1, BAD_CLIENT)
  .max(128, BAD_CLIENT)
  .regex(/^\P{Cc}*$/u, BAD_CLIENT);

const BAD_ADDRESS = 'clientIp must be an IPv4 or IPv6 address';
export const addressField = z.string(BAD_ADDRESS).transform((given, context) => {
  const address = given.length <= 64 ? canonicalAddress(given) : null;
  if (address !== null) return address;
  context.addIssue({ code: 'custom', message: BAD_ADDRESS });
  return z.NEVER;
});

const BAD_LOCALE = 'locale must be a language such as en, ar or pt-BR';
export const localeField = z
  .string(BAD_LOCALE)
  .max(64, BAD_LOCALE)
  .transform((text, context) => {
    const locale = parseLocale(text);
    if (locale !== null) return locale;
    context.addIssue({ code: 'custom', message: BAD_LOCALE });
    return z.NEVER;
  });

const MAX_ENTRIES = 20;
const MAX_TEXT = 500;
const BAD_METADATA = `metadata must be an object of at most ${MAX_ENTRIES} texts, numbers, booleans or nulls, texts of at most ${MAX_TEXT} characters and names of at most 40`;
/** For the document, which cannot look into a function. */
const FLAT_OBJECT = {
  type: 'object',
  additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
};
export const metadataField = z
  .unknown()
  .meta(FLAT_OBJECT)
  .transform((given, context): Metadata => {
    if (isMetadata(given)) return given;
    context.addIssue({ code: 'custom', message: BAD_METADATA });
    return z.NEVER;
  });

function isMetadata(given: unknown): given is Metadata {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false;
  const entries = Object.entries(given);
  return (
    entries.length <= MAX_ENTRIES && entries.every(([name, value]) => name.length <= 40 && isFlat(value))
  );
}

function isFlat(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT;
  return value === null || typeof value === 'boolean' || typeof value === 'number';
}

const BAD_URL = 'returnUrl must begin with one of the addresses that this key may lead back to';
export const returnUrlField = z.string(BAD_URL).max(2_000, BAD_URL);

/** The field is not what the caller may use. */
export const badReturnUrl = BAD_URL;
