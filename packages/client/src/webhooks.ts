import { OtpError, type WebhookErrorCode } from './errors.js';
import type { WebhookEvent } from './events.js';
import { webCrypto } from './web-crypto.js';

/** Of a fetch `Request`, of Node's `req.headers`, or any record with lower-case names. */
export type WebhookHeaders =
  | Pick<Headers, 'get'>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookOptions {
  /** How far the sender's clock and yours may be apart; default 300. */
  toleranceSeconds?: number;
  /** Unix milliseconds; default: the system's clock. */
  now?: () => number;
}

const PREFIX = 'whsec_';

/**
 * The event of a webhook, once it is certain that the gateway has sent it lately: Standard Webhooks 1.0.0, HMAC-SHA256.
 * The same event may come twice with the same `id`.
 * @param payload the body as it came over the line: not parsed, not written anew.
 * @param secrets `whsec_…`; several: any of them will do.
 * Rejects with an OtpError whose code begins with `webhook_`, and with a TypeError when it is called with the wrong things.
 */
export async function verifyWebhook(
  payload: string | Uint8Array | ArrayBuffer,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  options: WebhookOptions = {},
): Promise<WebhookEvent> {
  const { toleranceSeconds = 300, now = Date.now } = options;
  const body = bytesOf(payload);
  const keys = [secrets].flat().map(keyOf);
  if (keys.length === 0) throw new TypeError('secrets must hold at least one');

  const id = headerIn(headers, 'webhook-id');
  const timestamp = headerIn(headers, 'webhook-timestamp');
  const signatures = headerIn(headers, 'webhook-signature');
  if (!id || !timestamp || !signatures) {
    throw refused('webhook_headers_missing', 'webhook-id, webhook-timestamp or webhook-signature is missing');
  }
  if (!/^\d{1,15}$/.test(timestamp)) {
    throw refused('webhook_timestamp_invalid', 'webhook-timestamp is not a number of seconds');
  }
  const ageSeconds = Math.floor(now() / 1_000) - Number(timestamp);
  if (ageSeconds > toleranceSeconds) throw refused('webhook_too_old', 'The webhook is too old');
  if (ageSeconds < -toleranceSeconds) throw refused('webhook_too_new', 'The webhook is from the future');

  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), body);
  const given = signatures.split(' ').filter((each) => each.startsWith('v1,'));
  if (!(await isSigned(signed, keys, given))) {
    throw refused('webhook_signature_invalid', 'No signature of the webhook is right');
  }
  return eventIn(body, id);
}

async function isSigned(signed: Uint8Array<ArrayBuffer>, keys: Uint8Array<ArrayBuffer>[], given: string[]) {
  const { subtle } = await webCrypto();
  let found = false;
  for (const raw of keys) {
    const key = await subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const bytes = new Uint8Array(await subtle.sign('HMAC', key, signed));
    const right = `v1,${btoa(String.fromCharCode(...bytes))}`;
    for (const each of given) found = isSame(each, right) || found;
  }
  return found;
}

/** Takes as long wherever they differ. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < other.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}

function eventIn(body: Uint8Array, id: string): WebhookEvent {
  let told: unknown;
  try {
    told = JSON.parse(new TextDecoder().decode(body));
  } catch (cause) {
    throw refused('webhook_body_invalid', 'The body of the webhook is not JSON', cause);
  }
  if (typeof told !== 'object' || told === null) {
    throw refused('webhook_body_invalid', 'The body of the webhook is not an object');
  }
  return { ...told, id } as WebhookEvent;
}

function headerIn(headers: WebhookHeaders, name: string): string | null {
  if (typeof headers.get === 'function') return headers.get(name);
  const value = (headers as Record<string, string | readonly string[] | undefined>)[name];
  return (typeof value === 'object' ? value[0] : value) ?? null;
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  try {
    const key = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    if (key.length > 0) return key;
  } catch {
    // Said below.
  }
  throw new TypeError(`A webhook's secret is ${PREFIX} and base64`);
}

function bytesOf(payload: unknown): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  if (payload instanceof Uint8Array) return payload;
  if (payload instanceof ArrayBuffer) return new Uint8Array(payload);
  throw new TypeError('The payload must be the body as it came: a text or bytes, not parsed');
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function refused(code: WebhookErrorCode, message: string, cause?: unknown): OtpError {
  return new OtpError(code, message, { cause });
}
