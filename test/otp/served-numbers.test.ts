import { describe, expect, it, onTestFinished } from 'vitest';
import { createServedNumbers } from '../../src/otp/served-numbers.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { createCodes } from './codes.js';

const FREE = { costs: false };
const PAID = { costs: true };
/** Ofcom's, the Bundesnetzagentur's and others' plans; ITU-T E.164 for the networks of no country. */
const DEAR = [
  ['British premium', '+449098790123'],
  ['British 084, which pays whoever is called', '+448431234567'],
  ['German premium', '+499001234567'],
  ['German shared cost', '+491801234567'],
  ['American premium', '+19002345678'],
  ['Indian shared cost', '+9118601234567'],
  ['French premium', '+33899123456'],
  ['French shared cost', '+33810123456'],
  ['international premium', '+979123456789'],
  ['international shared cost', '+80812345678'],
  ['Inmarsat', '+870773001234'],
  ['Iridium', '+881631234567'],
  ['Globalstar', '+881812345678'],
  ['Thuraya', '+88216621234567'],
] as const;
const PLAIN = {
  EG: '+201001234567',
  IN: '+919876543210',
  ID: '+6281234567890',
  AE: '+971501234567',
  US: '+12015550123',
  DE: '+4915112345678',
};

it.each(DEAR)('%s numbers are not served, whatever is allowed', (_, phone) => {
  for (const countries of [null, ['GB', 'DE', 'US', 'IN', 'FR']]) {
    for (const channel of [FREE, PAID]) {
      expect(createServedNumbers(countries).serves(phone, channel)).toBe(false);
    }
  }
});

it('without a list all countries are served for free, and none for money', () => {
  const served = createServedNumbers(null);
  for (const phone of Object.values(PLAIN)) {
    expect([phone, served.serves(phone, FREE), served.serves(phone, PAID)]).toEqual([phone, true, false]);
  }
});

it('with a list only its countries are served, over every channel', () => {
  const served = createServedNumbers(['IN', 'EG']);
  const countries = Object.entries(PLAIN).filter(([, phone]) => served.serves(phone, FREE));
  expect(countries.map(([country]) => country).sort()).toEqual(['EG', 'IN']);
  expect(served.serves(PLAIN.IN, PAID)).toBe(true);
  expect(served.serves('+883510001234567', FREE)).toBe(false);
});

describe.each(DATABASES)('on %s', (kind) => {
  it('a number that is not served is refused at the doors, known and unknown alike, and not to callers with a key', async () => {
    const database = await openTestDatabase(kind);
    const codes = createCodes(database, { countries: ['IN'] });
    onTestFinished(async () => {
      await codes.stop();
      await database.close();
    });
    const order = (value: string, silent: boolean) => ({
      caller: 'contract:phone',
      contact: { kind: 'phone' as const, value },
      purpose: 'phone-login',
      length: 5,
      ttlMs: 300_000,
      silent,
      door: 'sign-in' as const,
    });
    for (const silent of [false, true]) {
      await expect(codes.issuer.reserve(order(PLAIN.EG, silent))).rejects.toMatchObject({
        code: 'phone_not_served',
      });
      (await codes.issuer.reserve(order(PLAIN.IN, silent))).release();
    }
    expect((await codes.request(null, { recipient: PLAIN.EG })).jobId).toBeGreaterThan(0);
  });
});
