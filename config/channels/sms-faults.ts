import { isLoopback } from '../../src/loopback.js';
import type { SmsFile } from './sms.js';

/** What may stand in braces in a template, beside `secret.NAME`. */
const PLACES =
  /^(to|to_digits|to_national|country|text|code|locale|ttl_seconds|message_id|callback_url|secret\.\w+)$/;
const PLACE = /\{(secret\.[A-Za-z_][A-Za-z\d_]*|[a-z_]+)\}/g;

interface PathFault {
  path: string;
  says: string;
}

/** What the shape of each field alone does not tell. */
export function smsFaults(sms: SmsFile, production: boolean): PathFault[] {
  return [...urlFaults(sms.url, production), ...bodyFaults(sms), ...acceptFaults(sms), ...placeFaults(sms)];
}

function urlFaults(template: string, production: boolean): PathFault[] {
  const fault = (says: string): PathFault[] => [{ path: 'url', says }];
  const plain = template.replace(PLACE, 'x');
  const url = URL.canParse(plain) ? new URL(plain) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return fault('must be an https:// URL');
  // A place there would let a number or a text choose who is asked.
  if (/^\w+:\/\/[^/?#]*\{/.test(template)) return fault('must have no place in the name of its host');
  if (url.username || url.password) return fault('must be without credentials: put them into a header');
  if (url.protocol === 'https:') return [];
  const isAllowed = isLoopback(url.hostname) && !production;
  return isAllowed
    ? []
    : fault('must be an https:// URL (http:// to this machine only, and not in production)');
}

function bodyFaults({ method, body, encoding }: SmsFile): PathFault[] {
  const fault = (says: string): PathFault[] => [{ path: 'body', says }];
  if (method === 'GET') return body === null ? [] : fault('must be absent with the method GET');
  if (body === null) return [];
  switch (encoding) {
    case 'json':
      return [];
    case 'form':
      return isFlat(body) ? [] : fault('must be texts by name for the encoding form');
    default:
      return typeof body === 'string' ? [] : fault(`must be a text for the encoding ${encoding}`);
  }
}

function isFlat(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return false;
  return Object.values(body).every((value) => typeof value === 'string');
}

function acceptFaults({ accept: { path, values } }: SmsFile): PathFault[] {
  if ((path === null) === (values.length === 0)) return [];
  return [{ path: 'accept', says: 'must have both path and values, or neither' }];
}

function placeFaults({ url, headers, query, body }: SmsFile): PathFault[] {
  const faults: PathFault[] = [];
  let namesMessage = false;
  function look(value: unknown, path: string): void {
    if (typeof value === 'string') {
      for (const [, name = ''] of value.matchAll(PLACE)) {
        namesMessage ||= name === 'text' || name === 'code';
        if (!PLACES.test(name))
          faults.push({ path, says: `names {${name}}, which is no place of a template` });
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, each] of Object.entries(value)) look(each, `${path}.${name}`);
    }
  }
  for (const [path, value] of Object.entries({ url, headers, query, body })) look(value, path);
  if (!namesMessage) faults.push({ path: 'body', says: 'must have a place for {text} or {code}' });
  return faults;
}
