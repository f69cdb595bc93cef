import { verify } from '@node-rs/argon2';
import bcrypt from 'bcryptjs';
import { expect, it } from 'vitest';
import { createPasswords } from '../../src/auth/passwords.js';
import { count, outcome } from './world.js';

const passwords = createPasswords();

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
  await Promise.all(Array.from({ length: 60 }, () => counted.hash('x')));
  expect(most).toBe(4);
  expect(running).toBe(0);
});

it('more than 200 in the queue are told to come back; afterwards everything is as before', async () => {
  const busy = createPasswords({ hash: () => new Promise((resolve) => setImmediate(() => resolve('hash'))) });
  const outcomes = await Promise.all(Array.from({ length: 300 }, () => outcome(busy.hash('x'))));
  expect(count(outcomes)).toEqual({ ok: 204, too_busy: 96 });
  expect(await outcome(busy.hash('x'))).toBe('ok');
});

it('a failure gives its place to the next', async () => {
  const failing = createPasswords({ hash: () => Promise.reject(new Error('no memory')) });
  for (let i = 0; i < 20; i++) await expect(failing.hash('x')).rejects.toThrow('no memory');
});

it('an unknown account costs as much as a wrong password', async () => {
  const costs: string[] = [];
  const counted = createPasswords({
    verify: async (hashed, password) => {
      // What hashing costs stands in front of the salt.
      costs.push(String(hashed).split('$').slice(0, 4).join('$'));
      return await verify(hashed, password);
    },
  });
  const stored = await counted.hash('a password');
  expect(await counted.matches('a wrong password', stored)).toBe(false);
  expect(await counted.matches('a wrong password', null)).toBe(false);
  expect(costs).toEqual(Array(2).fill('$argon2id$v=19$m=19456,t=2,p=1'));
});
