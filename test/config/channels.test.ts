import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadChannels } from '../../config/channels/index.js';
import { loadConfig, secretsOf } from '../../config/index.js';
import { newFolder } from '../support/databases.js';
import { goodSecrets, refusalOf } from './settings.js';

const named = (name: string) => '$'.concat(`{${name}}`);

/** As the documentation shows it. */
const SHOWN = {
  whatsapp: { waitSeconds: 25 },
  sms: {
    provider: 'http',
    waitSeconds: 60,
    countries: ['EG'],
    dailyCap: 500,
    method: 'POST',
    url: 'https://sms.example.com/v1',
    headers: { Authorization: `Bearer ${named('SMS_KEY')}` },
    encoding: 'json',
    body: { to: '{to}', text: '{text}', ttl: '{ttl_seconds}', ref: '{message_id}' },
    timeoutMs: 10_000,
    accept: { status: [200, 202] },
    id: { path: 'id' },
    error: { path: 'error.code' },
    final: ['bad_number'],
    retry: ['busy'],
    obstacle: ['no_credit'],
    receipt: {
      in: 'json',
      id: 'ref',
      status: 'status',
      map: { SENT: 'accepted', DELIVRD: 'delivered', UNDELIV: 'failed' },
      verification: 'none',
    },
  },
};
const SECRET = 'pr0vider-secret';

function fileWith(content: unknown): string {
  const root = newFolder();
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(root, 'channels.json'), text);
  return root;
}

function load(content: unknown, { production = false, environment = { SMS_KEY: SECRET } as object } = {}) {
  const root = fileWith(content);
  return loadChannels('channels.json', { root, layers: [{ ...environment }], production });
}

const withSms = (change: object) => ({ sms: { ...SHOWN.sms, ...change } });
const refusal = (content: unknown, settings?: Parameters<typeof load>[1]) =>
  refusalOf(() => load(content, settings));

describe('the file of the channels', () => {
  it('is read as the documentation shows it', () => {
    const { sms, waitSeconds } = load(SHOWN);
    expect(waitSeconds).toEqual({ whatsapp: 25, sms: 60, email: 60 });
    expect(sms).toMatchObject({
      ...SHOWN.sms,
      headers: { Authorization: 'Bearer {secret.SMS_KEY}' },
      secrets: { SMS_KEY: SECRET },
      receipt: { list: null, at: null, verification: { type: 'none' } },
      bindDomain: null,
    });
  });

  it('may be absent, unless it was named', () => {
    const settings = { root: newFolder(), layers: [], production: true };
    expect(loadChannels(undefined, settings)).toEqual({
      waitSeconds: { whatsapp: 25, sms: 60, email: 60 },
      sms: null,
    });
    expect(refusalOf(() => loadChannels('channels.json', settings))).toBe(
      'Configuration: CHANNELS_FILE: channels.json cannot be read (ENOENT).',
    );
  });

  it('takes secrets from the environment or from files, and all of them are hidden from the log', () => {
    const verification = { type: 'hmac', secret: named('HOOK_KEY'), header: 'X-Signature' };
    const root = fileWith(withSms({ receipt: { ...SHOWN.sms.receipt, verification } }));
    writeFileSync(join(root, 'hook'), 'h00k-secret\n');
    const config = loadConfig({
      environment: { ...goodSecrets, CHANNELS_FILE: 'channels.json', SMS_KEY: SECRET, HOOK_KEY_FILE: 'hook' },
      root,
      envFile: null,
    });
    expect(config.channels.sms?.receipt?.verification).toMatchObject({ secret: 'h00k-secret', over: 'body' });
    expect(secretsOf(config)).toEqual(expect.arrayContaining([SECRET, 'h00k-secret']));
    expect(config.limits['sms-messages'].count).toBe(500);
  });

  it.each<[what: string, content: unknown, says: string]>([
    ['text', '{ "sms": ', 'channels.json is not valid JSON.'],
    ['a list', [], 'the file must be as the README says'],
    ['an unknown channel', { fax: {} }, 'the file has the unknown key "fax"'],
    ['an unknown key', withSms({ contries: [] }), 'sms has the unknown key "contries"'],
    [
      'a preset',
      withSms({ preset: 'vonage' }),
      'sms.preset is kept for a later version: write the request out',
    ],
    ['another provider', withSms({ provider: 'smpp' }), 'sms.provider must be http'],
    ['no country', withSms({ countries: [] }), 'sms.countries must name a country'],
    ['no list of countries', withSms({ countries: undefined }), 'sms.countries must be a list of countries'],
    [
      'a country that is none',
      withSms({ countries: ['EG', 'XX'] }),
      'sms.countries.1 must be the two-letter code',
    ],
    [
      'a secret that is not set',
      withSms({ url: `https://a.example/?k=${named('OTHER')}` }),
      'sms.url names OTHER, which is not set',
    ],
    [
      'a secret by its place',
      withSms({ query: { k: '{secret.OTHER}' } }),
      'sms.query.k names OTHER, which is not set',
    ],
    [
      'a secret of ours',
      withSms({ headers: { K: named('ENCRYPTION_KEY') } }),
      'sms.headers.K must not name ENCRYPTION_KEY',
    ],
    [
      'a place that is none',
      withSms({ body: { a: ['{text}', '{otp}'] } }),
      'sms.body.a.1 names {otp}, which is no place of a template',
    ],
    [
      'nowhere for the code',
      withSms({ body: { to: '{to}' } }),
      'sms.body must have a place for {text} or {code}',
    ],
    ['a body for GET', withSms({ method: 'GET' }), 'sms.body must be absent with the method GET'],
    [
      'a form with lists',
      withSms({ encoding: 'form', body: { a: ['{text}'] } }),
      'sms.body must be texts by name',
    ],
    ['xml that is no text', withSms({ encoding: 'xml' }), 'sms.body must be a text for the encoding xml'],
    [
      'http',
      withSms({ url: 'http://sms.example.com/' }),
      'sms.url must be an https:// URL (http:// to this machine only',
    ],
    [
      'a host that a message chooses',
      withSms({ url: 'https://{to_digits}.example.com/' }),
      'sms.url must have no place in the name of its host',
    ],
    [
      'a login in the URL',
      withSms({ url: 'https://u:p@sms.example.com/' }),
      'sms.url must be without credentials',
    ],
    [
      'a path without values',
      withSms({ accept: { path: 'a.b' } }),
      'sms.accept must have both path and values',
    ],
    [
      'a header of Node',
      withSms({ headers: { Host: 'x' } }),
      'sms.headers.Host must be none of the headers that every request has',
    ],
    [
      'a signature over a time from nowhere',
      withSms({
        receipt: {
          ...SHOWN.sms.receipt,
          verification: { type: 'hmac', secret: 's', header: 'X', over: 'ts+body' },
        },
      }),
      'sms.receipt.verification.timestampHeader must name the header whose time is signed',
    ],
    [
      'a status that is none',
      withSms({ receipt: { ...SHOWN.sms.receipt, map: { A: 'lost' } } }),
      'sms.receipt.map.A must be accepted, delivered, read or failed',
    ],
    [
      'a domain with a scheme',
      withSms({ bindDomain: 'https://example.com' }),
      'sms.bindDomain must be a domain',
    ],
    ['a hash that is none', withSms({ appHash: 'abc' }), 'sms.appHash must be the 11 characters'],
  ])('is refused in one line: %s', (_what, content, says) => {
    const line = refusal(content);
    expect(line).toContain(says);
    expect(line).toMatch(/^Configuration: channels\.json[^\n]*\.$/);
    expect(line).not.toContain(SECRET);
  });

  it('speaks plain http to this machine, and not in production', () => {
    const local = withSms({ url: 'http://127.0.0.1:8080/' });
    expect(load(local).sms?.url).toBe('http://127.0.0.1:8080/');
    expect(refusal(local, { production: true })).toContain('sms.url must be an https:// URL');
  });
});
