import { describe, expect, it } from 'vitest';
import { type PasswordOwner, requireFit } from '../../src/auth/passwords/new-password.js';
import { rulesOf } from '../../src/auth/rules.js';
import { outcome } from './world.js';

const CONTRACTS = ['phone', 'whatsapp', 'two-factor', 'cookie'] as const;
const ASHA = { email: 'asha.mehta@example.com', phone: '+6281234567890', name: 'Asha Mehta' };
const NOBODY = { email: null, phone: null, name: null };

const judged = (strict: boolean, password: string, owner: PasswordOwner = ASHA) =>
  Promise.all(
    CONTRACTS.map((contract) => {
      const { passwords } = rulesOf(contract, { strict, jwtLifetimeMs: 1 });
      return outcome((async () => requireFit(password, passwords, owner))());
    }),
  );
const IN_ALL = (word: string) => CONTRACTS.map(() => word);

describe('every password of the four documents', () => {
  it.each([
    'test123',
    'asd@123',
    'Test123!',
    'securepass123',
    'securePassword123',
    'StrongPassword123',
    'WrongPassword',
  ])('%s is accepted', async (password) => {
    expect(await judged(false, password)).toEqual(IN_ALL('ok'));
  });
});

describe.each([
  ['documented', false, 'asd@12', 'asd@1', '123456'],
  ['strict', true, 'asd@1234', 'asd@123', 'password12'],
] as const)('under %s', (_, strict, shortest, shorter, common) => {
  it('the shortest is accepted, a shorter one is not', async () => {
    expect(await judged(strict, shortest)).toEqual(IN_ALL('ok'));
    expect(await judged(strict, shorter)).toEqual(IN_ALL('password_unfit'));
  });

  it('1,024 characters are accepted, one more is not', async () => {
    expect(await judged(strict, 'é'.repeat(1_024))).toEqual(IN_ALL('ok'));
    expect(await judged(strict, 'e\u0301'.repeat(1_025))).toEqual(IN_ALL('password_unfit'));
  });

  it.each([
    common,
    common.toUpperCase(),
    'asha.mehta@example.com',
    'ASHA.Mehta@example.com',
    'asha mehta',
    'AshaMehta',
    '+6281234567890',
    '0062 812-3456-7890',
    '081234567890',
    '81234567890',
  ])('%s is refused', async (password) => {
    expect(await judged(strict, password)).toEqual(IN_ALL('password_unfit'));
  });

  it("somebody else's name and number are a password like any other", async () => {
    for (const password of ['Asha Mehta', '081234567890', '12345678901']) {
      expect(await judged(strict, password, NOBODY)).toEqual(IN_ALL('ok'));
    }
  });
});

it('what the documents allow, strict may refuse: one of the 10,000 commonest', async () => {
  expect(await judged(false, 'password12')).toEqual(IN_ALL('ok'));
});
