import * as argon2 from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createPasswords } from '../../src/auth/passwords/passwords.js';
import { count, outcome } from './world.js';

const HERS = '192.0.2.1';
const passwords = createPasswords().from(HERS);

it('hashes are Argon2id with 19 MiB, two passes and a salt of their own', async () => {
  const [one, two] = await Promise.all([passwords.hash('a password'), passwords.hash('a password')]);
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(one).not.toBe(two);
  expect(await passwords.matches('a password', one)).toBe(true);
  expect(await passwords.matches('A password', one)).toBe(false);
  expect(passwords.isOutdated(one)).toBe(false);
});

it.each([
  ['twins that differ after 72 bytes', `${'x'.repeat(72)}a`, `${'x'.repeat(72)}b`],
  ['twins of 5,000 characters', `${'é'.repeat(4_999)}a`, `${'é'.repeat(4_999)}b`],
  ['an end in NUL', 'password\0a', 'password\0b'],
  ['a NUL and nothing', 'password\0', 'password'],
  ['white space', ' password', 'password'],
])('nothing is cut off: %s', async (_name, one, other) => {
  const hash = await passwords.hash(one);
  expect(await passwords.matches(one, hash)).toBe(true);
  expect(await passwords.matches(other, hash)).toBe(false);
});

it.each(['$2a$', '$2b$', '$2y$'])(
  'bcrypt hashes that begin with %s are accepted, and outdated',
  async (prefix) => {
    const hash = (await bcrypt.hash('a password', 4)).replace(/^\$2[aby]\$/, prefix);
    expect(await passwords.matches('a password', hash)).toBe(true);
    expect(await passwords.matches('b password', hash)).toBe(false);
    expect(passwords.isOutdated(hash)).toBe(true);
  },
);

describe('a password in another spelling', () => {
  const composed = 'Caf\u00e9';
  const decomposed = composed.normalize('NFD');
  const calls: string[] = [];
  const counted = createPasswords({
    hash: (text, options) => {
      calls.push(`hash ${String(text)}`);
      return argon2.hash(text, options);
    },
    verify: (stored, text) => {
      calls.push(`verify ${String(text)}`);
      return argon2.verify(stored, text);
    },
  }).from(HERS);
  /** The number of hashings that something costs. */
  async function costOf(work: () => Promise<unknown>): Promise<number> {
    calls.length = 0;
    await work();
    return calls.length;
  }

  it('is the same password, and its hash that of one spelling', async () => {
    const hash = await passwords.hash(decomposed);
    expect(await passwords.matches(decomposed, hash)).toBe(true);
    expect(await passwords.matches(composed, hash)).toBe(true);
    expect(await argon2.verify(hash, composed)).toBe(true);
    expect(await passwords.renewed(composed, hash)).toBeNull();
    expect(await passwords.renewed(decomposed, hash)).toBeNull();
  });

  it.each([
    ['Argon2id', (text: string) => argon2.hash(text)],
    ['bcrypt', (text: string) => bcrypt.hash(text, 4)],
  ])('matches an %s hash of itself as it was typed, which is then renewed', async (_name, hashOf) => {
    const before = await hashOf(decomposed);
    expect(await passwords.matches(decomposed, before)).toBe(true);
    expect(await passwords.matches(composed, before)).toBe(false);
    const renewed = await passwords.renewed(decomposed, before);
    expect(await passwords.matches(composed, renewed)).toBe(true);
  });

  it('costs strangers as much as the known, and one hashing where it is spelled as it is kept', async () => {
    const stored = await counted.hash('another');
    await counted.matches('warm', null);
    for (const hash of [stored, null]) {
      expect(await costOf(() => counted.matches(composed, hash))).toBe(1);
      expect(await costOf(() => counted.matches(decomposed, hash))).toBe(2);
    }
    expect(await costOf(() => counted.renewed('another', stored))).toBe(0);
  });
});

it('no account has the password of nobody', async () => {
  expect(await passwords.matches('nobody has this password', null)).toBe(false);
});

it('at most four are hashed at once, and all of them get their turn', async () => {
  let running = 0;
  let most = 0;
  const counted = createPasswords({
    async hash() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      return 'hash';
    },
  });
  await Promise.all(Array.from({ length: 60 }, (_, n) => counted.from(`198.51.100.${n}`).hash('x')));
  expect(most).toBe(4);
  expect(running).toBe(0);
});

it('more than 200 in the queue are told to come back; afterwards everything is as before', async () => {
  const busy = createPasswords({ hash: () => new Promise((resolve) => setImmediate(() => resolve('hash'))) });
  const outcomes = await Promise.all(
    Array.from({ length: 300 }, (_, n) => outcome(busy.from(`2001:db8::${n}`).hash('x'))),
  );
  expect(count(outcomes)).toEqual({ ok: 204, too_busy: 96 });
  expect(await outcome(busy.from(HERS).hash('x'))).toBe('ok');
});

it('a failure gives its place to the next', async () => {
  const failing = createPasswords({ hash: () => Promise.reject(new Error('no memory')) }).from(HERS);
  for (let i = 0; i < 20; i++) await expect(failing.hash('x')).rejects.toThrow('no memory');
});

it('an unknown account costs as much as a wrong password', async () => {
  const costs: string[] = [];
  const counted = createPasswords({
    verify: async (hashed, password) => {
      // What hashing costs stands in front of the salt.
      costs.push(String(hashed).split('$').slice(0, 4).join('$'));
      return await argon2.verify(hashed, password);
    },
  }).from(HERS);
  const stored = await counted.hash('a password');
  expect(await counted.matches('a wrong password', stored)).toBe(false);
  expect(await counted.matches('a wrong password', null)).toBe(false);
  expect(costs).toEqual(Array(2).fill('$argon2id$v=19$m=19456,t=2,p=1'));
});

it('also as the very first one, and a failure to hash is not kept', async () => {
  const stored = await passwords.hash('a password');
  const workOfFirst = async (against: string | null) => {
    const steps: string[] = [];
    const counted = createPasswords({
      hash: async (...given) => {
        steps.push('hash');
        if (steps.length === 1) throw new Error('no memory');
        return await argon2.hash(...given);
      },
      verify: async (...given) => {
        steps.push('verify');
        return await argon2.verify(...given);
      },
    }).from(HERS);
    await expect(counted.matches('a wrong password', against)).rejects.toThrow('no memory');
    expect(await counted.matches('a wrong password', against)).toBe(false);
    return steps;
  };
  expect(await workOfFirst(stored)).toEqual(['hash', 'hash', 'verify']);
  expect(await workOfFirst(null)).toEqual(['hash', 'hash', 'verify']);
});

it('beside imported hashes every comparison costs one of each scheme, whatever the account has', async () => {
  const imported = await bcrypt.hash('a password', 4);
  const own = await passwords.hash('a password');
  const byBcrypt = vi.spyOn(bcrypt, 'compare');
  onTestFinished(() => byBcrypt.mockRestore());
  let byArgon = 0;
  const counted = createPasswords({
    verify: async (...given) => {
      byArgon++;
      return await argon2.verify(...given);
    },
  }).from(HERS);
  for (const stored of [imported, own, null]) {
    for (const typed of ['a password', 'a wrong password']) {
      byBcrypt.mockClear();
      byArgon = 0;
      const isRight = stored !== null && typed === 'a password';
      expect(await counted.matches(typed, stored, imported)).toBe(isRight);
      expect([stored, typed, byBcrypt.mock.calls.length, byArgon]).toEqual([stored, typed, 1, 1]);
    }
  }
});
