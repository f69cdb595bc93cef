import * as z from 'zod';
import { canonicalAddress } from '../http/client-address.js';
import { parseE164 } from '../otp/phone.js';
import { parseLocale } from '../otp/texts/languages.js';
import type { Metadata } from '../otp/verifications/verification.js';
import { typedEmail } from '../typed/email.js';
import { typedNumber } from '../typed/number.js';
import { isSid } from './sids.js';

/**
 * What the operations of Verify v2 take, as forms. Whatever is wrong with a field, Twilio says only which one it is. An
 * empty field is as if it were left out.
 * Source of names and bounds: Twilio's OpenAPI document of Verify v2.
 */

const CHANNELS = ['sms', 'call', 'whatsapp', 'email', 'sna', 'auto', 'rcs'] as const;
export type TwilioChannel = (typeof CHANNELS)[number];

/** No address that somebody can have is longer. */
const MAX_CONTACT = 320;
const MAX_TAGS = 10;
const MAX_TAG = 128;
const MAX_NAME = 32;

function optional<T extends z.ZodType>(field: T) {
  return z.preprocess((given) => (given === '' ? undefined : given), field.optional());
}

const toField = z
  .string()
  .max(MAX_CONTACT)
  .transform((given, context) => contactOf(given) ?? refuse(context));

/** A number in E.164 or an address; null: neither. */
export function contactOf(given: string): { kind: 'phone' | 'email'; value: string } | null {
  if (given.length > MAX_CONTACT) return null;
  const phone = parseE164(given);
  if (phone !== null) return { kind: 'phone', value: phone };
  const email = given.includes('@') ? typedEmail(given) : null;
  return email === null ? null : { kind: 'email', value: email };
}

/** What somebody typed: anything of this length that is not the code is wrong, and counted. */
const codeField = z.string().max(64).transform(typedNumber).pipe(z.string().min(4).max(10));
const customCodeField = z.string().regex(/^\d{4,10}$/);
const localeField = z
  .string()
  .max(64)
  .transform((text, context) => parseLocale(text) ?? refuse(context));
const addressField = z
  .string()
  .max(64)
  .transform((text, context) => canonicalAddress(text) ?? refuse(context));

/** A JSON object of texts, in a form. */
const textsField = z
  .string()
  .max(8_192)
  .transform((text, context) => textsIn(text) ?? refuse(context));
const tagsField = textsField.transform(
  (tags, context): Metadata => (Object.keys(tags).length <= MAX_TAGS ? tags : refuse(context)),
);

function textsIn(text: string): Record<string, string> | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    const entries = Object.entries(parsed).map(([name, value]) => [name, String(value)] as const);
    const fits = entries.every(([name, value]) => name.length <= MAX_TAG && value.length <= MAX_TAG);
    return fits ? Object.fromEntries(entries) : null;
  } catch {
    return null;
  }
}

function refuse(context: z.core.$RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'is not valid' });
  return z.NEVER;
}

/** POST …/Verifications. What Twilio takes beyond these is for voice, payments and devices, and is not looked at. */
export const startForm = z.object({
  To: toField,
  Channel: z.string().toLowerCase().pipe(z.enum(CHANNELS)),
  CustomFriendlyName: optional(z.string().max(MAX_NAME)),
  CustomCode: optional(customCodeField),
  Locale: optional(localeField),
  TemplateSid: optional(z.string().refine((text) => isSid('HJ', text))),
  Tags: optional(tagsField),
  RateLimits: optional(textsField),
  DeviceIp: optional(addressField),
});
export type StartForm = z.output<typeof startForm>;

/** POST …/VerificationCheck */
export const checkForm = z.object({
  Code: codeField,
  To: optional(toField),
  VerificationSid: optional(z.string().max(MAX_CONTACT)),
});

/** POST …/Verifications/{Sid} */
export const changeForm = z.object({ Status: z.enum(['canceled', 'approved']) });

const momentField = z
  .string()
  .max(40)
  .transform((text, context) => {
    const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(at) ? refuse(context) : at;
  });

/** GET /Attempts/Summary; filters that are not in it are refused, so that no figure is of something else. */
export const summaryQuery = z.object({
  VerifyServiceSid: optional(z.string().refine((text) => isSid('VA', text))),
  DateCreatedAfter: optional(momentField),
  DateCreatedBefore: optional(momentField),
  Country: optional(z.never()),
  Channel: optional(z.never()),
  DestinationPrefix: optional(z.never()),
});

/** The person's network address among what an app limits by: `{"end_user_ip_address":"192.0.2.7"}`. */
export function addressIn(limits: Record<string, string> | undefined): string | null {
  const [, given] = Object.entries(limits ?? {}).find(([name]) => /(?:^|_)ip(?:_|$)/i.test(name)) ?? [];
  return given === undefined ? null : canonicalAddress(given);
}
