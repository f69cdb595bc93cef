import { createHmac } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { ChannelError, type OutgoingMessage } from '../channel.js';
import type { HttpRequest } from '../http/call.js';
import type { SmsSettings } from './settings.js';
import { filled, filledIn, type Places } from './template.js';

/** What a template may name, apart from `secret.NAME`. */
export const PLACES = [
  'to',
  'to_digits',
  'to_national',
  'country',
  'text',
  'code',
  'locale',
  'ttl_seconds',
  'message_id',
  'callback_url',
] as const;

const TYPES = {
  json: 'application/json; charset=utf-8',
  form: 'application/x-www-form-urlencoded',
  xml: 'application/xml; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};
/** A line break ends a header, and Node sends nothing beyond Latin-1. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]/;

/** @param text as it goes out. @param callbackUrl where receipts are taken; empty: nobody outside knows us. */
export function requestFor(
  message: OutgoingMessage & { text: string },
  settings: SmsSettings,
  { now, callbackUrl }: { now: number; callbackUrl: string },
): HttpRequest {
  const places = placesOf(message, settings, now, callbackUrl);
  const url = new URL(filled(settings.url, places, encodeURIComponent));
  for (const [name, value] of Object.entries(settings.query))
    url.searchParams.append(name, filled(value, places));
  const body = bodyOf(settings, places);
  const headers = headersOf(settings, places, body);
  if (settings.signingSecrets.length > 0) {
    Object.assign(headers, signatureOf(message.messageId, now, body ?? '', settings.signingSecrets));
  }
  return { method: settings.method, url: url.href, headers, body };
}

function placesOf(
  { recipient, text, code, locale, expiresAt, messageId }: OutgoingMessage,
  { secrets }: SmsSettings,
  now: number,
  callbackUrl: string,
): Places {
  const number = parsePhoneNumberFromString(recipient);
  return {
    to: recipient,
    to_digits: recipient.replace(/\D/g, ''),
    to_national: number?.nationalNumber ?? '',
    country: number?.country ?? '',
    text,
    code,
    locale: locale ?? '',
    ttl_seconds: Math.max(1, Math.floor((expiresAt - now) / 1_000)),
    message_id: messageId,
    callback_url: callbackUrl,
    ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`secret.${name}`, value])),
  };
}

function bodyOf({ body, encoding }: SmsSettings, places: Places): string | null {
  if (body === null) return null;
  switch (encoding) {
    case 'json':
      return JSON.stringify(filledIn(body, places));
    case 'form': {
      const fields = Object.entries(body as Record<string, string>);
      const pairs = fields.map(([name, value]): [string, string] => [name, filled(value, places)]);
      return new URLSearchParams(pairs).toString();
    }
    case 'xml':
      return filled(body as string, places, escapedXml);
    case 'text':
      return filled(body as string, places);
  }
}

function headersOf(settings: SmsSettings, places: Places, body: string | null): Record<string, string> {
  const headers: Record<string, string> = {};
  if (body !== null) headers['content-type'] = TYPES[settings.encoding];
  for (const [name, template] of Object.entries(settings.headers)) {
    const value = filled(template, places);
    if (NOT_IN_HEADERS.test(value)) {
      const sentence = `What the header ${name} should hold cannot stand in a header.`;
      throw new ChannelError('reject', 'rejected_by_provider', sentence, false);
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function escapedXml(value: string): string {
  // Control characters have no form in XML 1.0.
  const plain = value.replace(/[^\t\n\r\x20-\uffff]/g, '');
  const escapes: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&apos;',
  };
  return plain.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}

/** As other systems verify it: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md */
function signatureOf(id: string, now: number, body: string, secrets: readonly string[]) {
  const timestamp = String(Math.floor(now / 1_000));
  const signed = secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signed.join(' ') };
}
