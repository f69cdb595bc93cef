import { describe, expect, it } from 'vitest';
import { createPasswords, type SharedPasswords } from '../../src/auth/passwords/passwords.js';
import { count, outcome } from './world.js';

/** Hashing that goes on until the test lets it end, oldest first; `begun` tells whose password it is. */
function hashing() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (whose: string) =>
    new Promise<void>((resolve) => {
      begun.push(whose);
      ends.push(resolve);
    });
  const passwords = createPasswords({
    hash: async (password) => {
      await work(String(password));
      return 'hash';
    },
    verify: async (_stored, password) => {
      await work(String(password));
      return password === 'right';
    },
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    passwords,
    begun,
    settled,
    async endOne() {
      ends.shift()?.();
      await settled();
    },
    async endAll() {
      for (await settled(); ends.length > 0; await settled()) ends.shift()?.();
    },
  };
}

/** `times` passwords at once from one address, each with the address as its text. */
function flood(passwords: SharedPasswords, address: string, times: number) {
  return Array.from({ length: times }, () => outcome(passwords.from(address).hash(address)));
}

describe('hashing, when one address brings 210 passwords at once', () => {
  it('does two of them, lets four wait, and refuses the rest before anything is done', async () => {
    const { passwords, begun, settled, endAll } = hashing();
    const answers = flood(passwords, 'his', 210);
    const refused: unknown[] = [];
    for (const answer of answers) void answer.then((result) => result === 'too_busy' && refused.push(result));
    await settled();
    expect(begun).toEqual(['his', 'his']);
    expect(refused).toHaveLength(204);
    await endAll();
    expect(count(await Promise.all(answers))).toEqual({ ok: 6, too_busy: 204 });
    expect(begun).toHaveLength(6);
  });

  it('begins with those of another address at once, again and again, and refuses none of them', async () => {
    const { passwords, begun, settled, endAll } = hashing();
    const answers = flood(passwords, 'his', 210);
    for (let n = 1; n <= 20; n++) {
      const hers = outcome(passwords.from('hers').hash('hers'));
      answers.push(...flood(passwords, 'his', 210));
      await settled();
      expect(begun.filter((whose) => whose === 'hers')).toHaveLength(n);
      await endAll();
      expect(await hers).toBe('ok');
    }
    await Promise.all(answers);
  });
});

describe('the turns', () => {
  it('go round: one for each address that waits, whatever the others bring', async () => {
    const { passwords, begun, settled, endOne, endAll } = hashing();
    const answers = ['a', 'b'].flatMap((address) => flood(passwords, address, 6));
    answers.push(...flood(passwords, 'hers', 1), ...flood(passwords, 'c', 4));
    await settled();
    expect(begun).toEqual(['a', 'a', 'b', 'b']);
    for (let n = 0; n < 10; n++) await endOne();
    expect(begun[4]).toBe('hers');
    expect(count(begun)).toEqual({ a: 5, b: 4, c: 4, hers: 1 });
    await endAll();
    expect(count(await Promise.all(answers))).toEqual({ ok: 17 });
  });

  it('come to each of 50 addresses before one of them has its third', async () => {
    const { passwords, begun, settled, endOne, endAll } = hashing();
    const answers = Array.from({ length: 50 }, (_, n) => flood(passwords, `address ${n}`, 4)).flat();
    await settled();
    while (new Set(begun).size < 50) await endOne();
    expect(Math.max(...Object.values(count(begun)))).toBeLessThanOrEqual(2);
    await endAll();
    expect(count(await Promise.all(answers))).toEqual({ ok: 200 });
  });

  it('are not taken from a sign-in that has begun: only its first hashing can be refused', async () => {
    const { passwords, settled, endAll } = hashing();
    const decomposed = 'Caf\u00e9'.normalize('NFD');
    const hers = passwords.from('hers');
    const twice = outcome(hers.matches(decomposed, 'stored'));
    await settled();
    const answers = flood(passwords, 'hers', 5);
    await settled();
    expect(await outcome(hers.matches('right', 'stored'))).toBe('too_busy');
    await endAll();
    expect(await twice).toBe('ok');
    expect(count(await Promise.all(answers))).toEqual({ ok: 5 });
  });

  it('are forgotten with the work: an address that has nothing to do costs nothing', async () => {
    const { passwords, endAll } = hashing();
    for (let n = 0; n < 3; n++) {
      const answers = flood(passwords, 'hers', 10);
      await endAll();
      expect(count(await Promise.all(answers))).toEqual({ ok: 6, too_busy: 4 });
    }
  });
});
