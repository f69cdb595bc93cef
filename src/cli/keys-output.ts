import type { KeyOrder } from '../callers/key-order.js';
import type { KeyView } from '../callers/key-rows.js';
import type { OwnText } from '../callers/own-texts.js';
import { limitsInWords, shownKey } from '../callers/shown-key.js';
import { inUtc } from '../clock.js';
import { ANY_LOCALE } from '../typed/locale.js';
import { aligned } from './aligned.js';

/** The output for people; programs get JSON. */

const HEADINGS = ['NAME', 'ID', 'STATE', 'SCOPES', 'LAST USE'];

export function listText(keys: readonly KeyView[]): string {
  if (keys.length === 0)
    return 'There is no API key yet. Create one: npm run keys -- create <name> --scopes otp:send';
  const rows = keys.map((key) => [
    key.name,
    key.id,
    key.formerUntil === null ? key.state : `${key.state}, previous secret until ${inUtc(key.formerUntil)}`,
    key.scopes.join(' '),
    key.lastUsedAt === null ? 'never' : `${inUtc(key.lastUsedAt)} from ${key.lastUsedIp ?? 'somewhere'}`,
  ]);
  return aligned([HEADINGS, ...rows]);
}

export function createdText(order: KeyOrder, { id, key }: { id: string; key: string }): string {
  return secretText(`The API key "${order.name}" is created.`, key, [
    ['Id', id],
    ['Scopes', order.scopes.join(', ')],
    ['Limits', limitsInWords(order)],
    ['Addresses', order.allowedIps?.join(', ') ?? 'any'],
    ['Expires', order.expiresAt === null ? 'never' : inUtc(order.expiresAt)],
  ]);
}

/** @param webhooks how many it has. */
export function rotatedText({ id, name, formerUntil }: KeyView, key: string, webhooks: number): string {
  return secretText(`The API key "${name}" has a new secret.`, key, [
    ['Id', id],
    ['Previous secret', formerUntil === null ? 'ended' : `works until ${inUtc(formerUntil)}`],
    ['Webhooks', webhooks === 0 ? 'none' : `go on (${webhooks}), with secrets of their own`],
  ]);
}

export function revokedText({ id, name }: KeyView, now: boolean): string {
  const key = `The API key "${name}" (${id})`;
  return now ? `${key} is revoked: it is refused within a second.` : `${key} was already revoked.`;
}

/** @param until null: it is one no longer. */
export function testNumberText(view: KeyView, contact: string, until: number | null): string {
  const key = `the API key "${view.name}" (${view.id})`;
  if (until === null) return `${contact} is no test number of ${key} any more.`;
  const where = view.testsInProduction ? 'also in production' : 'outside production';
  return `${contact} is a test number of ${key} until ${inUtc(until)}, ${where}: nothing is sent to it.`;
}

export function returnUrlsText({ id, name, returnUrls }: KeyView): string {
  const where = returnUrls?.join(', ') ?? 'nowhere';
  return `Pages of verifications of the API key "${name}" (${id}) may lead back to: ${where}.`;
}

export function smsText({ id, name, refusesSms }: KeyView): string {
  const does = refusesSms ? 'refuses' : 'takes';
  return `The API key "${name}" (${id}) ${does} what Twilio's clients ask for over SMS or by a call.`;
}

export function ownTextText({ id, name }: KeyView, { locale, template }: OwnText): string {
  const codes = `Codes of the API key "${name}" (${id})`;
  const who = locale === ANY_LOCALE ? 'people whose language was not named' : `people who read ${locale}`;
  return `${codes} are sent to ${who} ${template === '' ? 'with the built-in text' : `as: ${template}`}`;
}

export const keyJson = shownKey;

/** The only time that a secret is printed. */
function secretText(sentence: string, key: string, facts: [string, string][]): string {
  return [
    sentence,
    '',
    `  ${key}`,
    '',
    'You will not see it again. Send it as X-API-KEY, or as Authorization: Bearer.',
    '',
    ...aligned(facts)
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');
}
