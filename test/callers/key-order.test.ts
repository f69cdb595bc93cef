import { describe, expect, it } from 'vitest';
import { readKeyOrder, readOverlap, type TypedKeyOrder } from '../../src/callers/key-order.js';

const NOW = Date.parse('2026-12-01T10:00:00Z');
const read = (typed: Partial<TypedKeyOrder>) =>
  readKeyOrder({ name: 'shop', scopes: 'otp:send', ...typed }, NOW);

it('what is left out is not limited', () => {
  for (const blank of [{}, { expires: ' ', allowedIps: '', perMinute: '', perDay: null, perCountry: '' }]) {
    expect(read(blank)).toEqual({
      name: 'shop',
      scopes: ['otp:send'],
      allowedIps: null,
      limits: { perMinute: null, codesPerMinute: null, codesPerHour: null, perDay: null, perCountry: null },
      expiresAt: null,
      returnUrls: null,
      refusesSms: false,
    });
  }
});

it('everything can be limited', () => {
  expect(
    read({
      name: '  Shop\u200b\n(Cairo) ',
      scopes: 'otp:read,otp:send otp:send',
      expires: '90d',
      allowedIps: '192.0.2.0/24, 2001:DB8::1 192.0.2.0/24',
      perMinute: '60',
      codesPerMinute: '5',
      codesPerHour: 100,
      perDay: 1_000,
      perCountry: 'eg=100, *=10',
      returnUrls: 'https://App.example.com/done, https://app.example.com/done',
      refuseSms: 'yes',
    }),
  ).toEqual({
    name: 'Shop (Cairo)',
    scopes: ['otp:send', 'otp:read'],
    allowedIps: ['192.0.2.0/24', '2001:db8::1'],
    limits: {
      perMinute: 60,
      codesPerMinute: 5,
      codesPerHour: 100,
      perDay: 1_000,
      perCountry: new Map([
        ['EG', 100],
        ['*', 10],
      ]),
    },
    expiresAt: NOW + 90 * 86_400_000,
    returnUrls: ['https://app.example.com/done'],
    refusesSms: true,
  });
});

it.each([
  ['never', null],
  ['30m', NOW + 1_800_000],
  ['12h', NOW + 12 * 3_600_000],
  ['2027-01-31', Date.parse('2027-01-31T00:00:00Z')],
  ['2027-01-31T12:00+02:00', Date.parse('2027-01-31T10:00:00Z')],
])('a key may end: %s', (expires, at) => {
  expect(read({ expires }).expiresAt).toBe(at);
});

describe('a sentence tells what is wrong', () => {
  it.each<[Partial<TypedKeyOrder>, string]>([
    [{ name: ' \u200b' }, 'A key needs a name.'],
    [{ name: undefined }, 'A key needs a name.'],
    [{ name: 'x'.repeat(65) }, 'The name must have at most 64 characters.'],
    [{ scopes: '' }, 'A key needs at least one scope of otp:send, otp:read,'],
    [{ scopes: [] }, 'A key needs at least one scope'],
    [{ scopes: 'otp:send,admin:write' }, 'There is no scope "admin:write". The scopes are otp:send,'],
    [{ scopes: ['otp:send', '*'] }, 'There is no scope "*".'],
    [{ allowedIps: 'example.com' }, '"example.com" is no IP address'],
    [{ allowedIps: Array.from({ length: 51 }, (_, at) => `192.0.2.${at}`).join() }, 'At most 50 addresses'],
    [{ perMinute: '0' }, 'The requests a minute must be a whole number from 1.'],
    [{ perMinute: '1.5' }, 'The requests a minute must be'],
    [{ codesPerMinute: '-1' }, 'The codes a minute must be'],
    [{ codesPerHour: '0.5' }, 'The codes an hour must be'],
    [{ perDay: 'many' }, 'The codes a day must be'],
    [{ perDay: {} }, 'The codes a day must be'],
    [{ perCountry: 'EG' }, '"EG" is no limit for a country'],
    [{ perCountry: 'XX=5' }, '"XX=5" is no limit for a country'],
    [{ perCountry: 'EG=0' }, 'The codes a day to EG must be a whole number from 1.'],
    [{ perCountry: 'EG=' }, '"EG=" is no limit for a country'],
    [{ perCountry: 'SA=5=7' }, '"SA=5=7" is no limit for a country'],
    [{ perCountry: 'EG=1,eg=900' }, 'There are two limits for "EG".'],
    [{ perCountry: { EG: 1 } }, 'The codes a day to a country must be text.'],
    [{ allowedIps: { 0: '192.0.2.7' } }, 'The allowed addresses must be text.'],
    [{ allowedIps: ['192.0.2.7', true] }, 'The allowed addresses must be text.'],
    [{ expires: false }, 'The expiry must be text.'],
    [{ ips: '192.0.2.7' } as object, 'A key has no "ips"'],
    [{ expires: 'tomorrow' }, '"tomorrow" is no time such as 90d'],
    [{ expires: '2027-02-31' }, '"2027-02-31" is no time'],
    [{ expires: '0d' }, '"0d" is over already.'],
    [{ expires: '2026-12-01' }, '"2026-12-01" is over already.'],
    [{ expires: '99999d' }, '"99999d" is no time'],
  ])('%o', (typed, sentence) => {
    expect(() => read(typed)).toThrow(expect.objectContaining({ code: 'bad_request' }));
    expect(() => read(typed)).toThrow(sentence);
  });
});

it.each([
  [undefined, 24],
  ['', 24],
  ['0', 0],
  ['1h', 1],
  ['30d', 720],
])('the previous secret goes on for a while: %s is %i hours', (typed, hours) => {
  expect(readOverlap(typed)).toBe(hours * 3_600_000);
});

it.each(['31d', '-1h', 'soon'])('but not for %s', (typed) => {
  expect(() => readOverlap(typed)).toThrow(`"${typed}" is no time up to 30d`);
});
