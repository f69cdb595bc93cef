import { isSupportedCountry } from 'libphonenumber-js/max';
import * as z from 'zod';
import { verification } from './verification.js';

const path = z
  .string()
  .regex(/^[^.\s]+(\.[^.\s]+)*$/, 'must be names with dots between them, like messages.0.id');
const at = z.strictObject({ path }).nullable().default(null);
const text = z.string('must be a text');
/** Texts, or numbers that mean the same. */
const values = z
  .array(z.union([z.string(), z.number(), z.boolean()], 'must be a text or a number').transform(String))
  .default([]);
const status = z.number().int().min(100).max(599);

/** What Node says itself of every request. */
const NOT_OURS = /^(host|connection|content-length|transfer-encoding|upgrade|keep-alive|te|trailer|expect)$/i;
const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^`|~\w-]+$/, 'must be the name of a header')
  .refine((name) => !NOT_OURS.test(name), 'must be none of the headers that every request has');

const receipt = z.strictObject({
  in: z.enum(['json', 'form', 'query'], 'must be json, form or query'),
  list: path.nullable().default(null),
  id: path,
  status: path,
  map: z.record(
    z.string(),
    z.enum(['accepted', 'delivered', 'read', 'failed'], 'must be accepted, delivered, read or failed'),
  ),
  at: path.nullable().default(null),
  verification,
});

/** The shape; what depends on more than one of its fields is checked by `smsFaults`. */
export const sms = z.strictObject({
  preset: z.never('is kept for a later version: write the request out').optional(),
  provider: z.literal('http', 'must be http'),
  waitSeconds: z.number().int().min(5).max(600).default(60),
  countries: z
    .array(
      z
        .string('must be a text')
        .transform((code) => code.toUpperCase())
        .refine((code) => isSupportedCountry(code), 'must be the two-letter code of a country (ISO 3166-1)'),
      'must be a list of countries, like ["EG"]: only their numbers get SMS',
    )
    .min(1, 'must name a country: only numbers of those that are listed get SMS'),
  dailyCap: z.number().int().min(1).max(1_000_000).default(500),
  method: z.enum(['GET', 'POST', 'PUT'], 'must be GET, POST or PUT').default('POST'),
  url: text,
  headers: z.record(headerName, text).default({}),
  query: z.record(z.string(), text).default({}),
  encoding: z.enum(['json', 'form', 'xml', 'text'], 'must be json, form, xml or text').default('json'),
  body: z.unknown().default(null),
  timeoutMs: z.number().int().min(100).max(30_000).default(10_000),
  accept: z
    .strictObject({
      status: z.array(status).min(1).nullable().default(null),
      path: path.nullable().default(null),
      values,
    })
    .default({ status: null, path: null, values: [] }),
  id: at,
  error: at,
  final: values,
  retry: values,
  obstacle: values,
  receipt: receipt.nullable().default(null),
  bindDomain: z
    .string()
    .regex(/^[a-z\d-]+(\.[a-z\d-]+)+$/i, 'must be a domain in ASCII, without https://')
    .nullable()
    .default(null),
  appHash: z
    .string()
    .regex(/^[A-Za-z\d+/]{11}$/, 'must be the 11 characters of the Android app')
    .nullable()
    .default(null),
  signature: z
    .strictObject({
      secrets: z
        .array(
          z
            .string()
            .regex(/^whsec_[A-Za-z\d+/]{32,}={0,2}$/, 'must be whsec_ and at least 24 bytes in base64'),
        )
        .min(1)
        .max(5),
    })
    .nullable()
    .default(null),
});

export type SmsFile = z.output<typeof sms>;
