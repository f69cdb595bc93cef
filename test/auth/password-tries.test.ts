import * as library from '@node-rs/argon2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createPasswords } from '../../src/auth/passwords/passwords.js';
import { rulesOf } from '../../src/limits/rules.js';
import { settle } from '../support/clock.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { countedPasswords } from '../support/passwords.js';
import { clientAt, createWorld, EMAIL, HERE, MINUTE_MS, outcome, visitedBy, type World } from './world.js';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe.each(DATABASES)('guessing passwords on %s', (kind) => {
  let database: Database;
  let world: World;
  /** How many passwords were compared with a hash, or with the one that stands in for an unknown account's. */
  let compared: number;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    compared = 0;
    world = createWorld(database, {
      rules: rulesOf({ eased: false, overrides: {} }),
      passwords: countedPasswords(() => void compared++),
    });
    await world.signUp('cookie', { email: EMAIL });
  });
  afterEach(() => database.close());

  const from = (address: string) => visitedBy(clientAt(address), world.plainAuth).for('cookie');
  const guess = (address: string, email = EMAIL, password = 'a guess') =>
    outcome(from(address).signIn.byPassword(email, password));
  const attackers = (count: number) => Array.from({ length: count }, (_, at) => `198.51.100.${at}`);
  const guessAtOnce = (addresses: string[], email = EMAIL) =>
    Promise.all(addresses.map((address) => guess(address, email)));
  /** She signs in from where she always does. */
  async function comesIn(address = HERE.address): Promise<string> {
    const door = from(address);
    return await outcome(door.signIn.byPassword(EMAIL, 'her password').then(door.complete));
  }

  const batches = { sqlite: 100, postgres: 10 }[kind];
  it('from one address, thousands of times: ten are compared, and she is in all the time', async () => {
    await comesIn();
    compared = 0;
    const outcomes: string[] = [];
    for (let batch = 0; batch < batches; batch++) {
      const guesses = Array.from({ length: 100 }, () => guess('198.51.100.1'));
      outcomes.push(...(await Promise.all(guesses)));
    }
    expect(compared).toBeLessThanOrEqual(10);
    expect(outcomes.filter((code) => code === 'rate_limited').length).toBeGreaterThanOrEqual(
      batches * 100 - 10,
    );
    for (let round = 0; round < 20; round++) expect(await comesIn()).toBe('ok');
  });

  it('from 200 addresses: a hundred are compared, and she is in all the time', async () => {
    await comesIn();
    compared = 0;
    for (let round = 0; round < 3; round++) {
      for (const address of attackers(200)) await guess(address);
      await world.clock.advance(15 * MINUTE_MS);
    }
    expect(compared).toBeLessThanOrEqual(100);
    for (let round = 0; round < 20; round++) expect(await comesIn()).toBe('ok');
  });

  it('the owner is told of the hundredth wrong one, once a day', async () => {
    world.told.length = 0;
    for (const address of attackers(99)) await guess(address);
    expect(world.told).toEqual([]);
    for (const address of attackers(150).slice(99)) await guess(address);
    await settle();
    expect(world.told).toEqual([[EMAIL, 'many_wrong_passwords']]);
    await guessAtOnce(attackers(150), 'nobody@example.com');
    await settle();
    expect(world.told).toHaveLength(1);
    /** As a code does. */
    const reopen = () =>
      database.store.deleteFrom('limit_counts').where('name', '=', 'account-passwords').execute();
    for (const [waitMs, notices] of [
      [DAY_MS - MINUTE_MS, 1],
      [MINUTE_MS, 2],
    ] as const) {
      await reopen();
      await world.clock.advance(waitMs);
      await guessAtOnce(attackers(101));
      await settle();
      expect(world.told).toHaveLength(notices);
    }
  });

  it('her client is known for thirty days after she signed in there', async () => {
    const attacked = async (laterMs: number) => {
      await world.clock.advance(laterMs);
      await guessAtOnce(attackers(100));
      return await comesIn();
    };
    expect(await comesIn()).toBe('ok');
    expect(await attacked(30 * DAY_MS - 1)).toBe('ok');
    expect(await attacked(30 * DAY_MS)).toBe('rate_limited');
  });

  it('a right password is refused, too, where there were ten wrong ones, until the quarter of an hour is over', async () => {
    const [stranger = ''] = attackers(1);
    for (let at = 0; at < 10; at++) expect(await guess(stranger)).toBe('credentials_wrong');
    expect(await guess(stranger, EMAIL, 'her password')).toBe('rate_limited');
    await world.clock.advance(15 * MINUTE_MS);
    expect(await guess(stranger, EMAIL, 'her password')).toBe('ok');
  });

  it('gets the same answers for an account that does not exist', async () => {
    const answers = async (email: string, address: string) => {
      const all: string[] = [];
      for (let at = 0; at < 12; at++) all.push(await guess(address, email));
      return all;
    };
    const [one = '', other = ''] = attackers(2);
    expect(await answers(EMAIL, one)).toEqual(await answers('nobody@example.com', other));
  });

  it('right ones in between start her count anew, not the one of a stranger who used up the account', async () => {
    await comesIn();
    for (let at = 0; at < 9; at++) await guess(HERE.address);
    expect(await comesIn()).toBe('ok');
    for (let at = 0; at < 9; at++) expect(await guess(HERE.address)).toBe('credentials_wrong');
    for (const address of attackers(120)) await guess(address);
    expect(await comesIn()).toBe('ok');
    compared = 0;
    for (const address of attackers(200).slice(150)) expect(await guess(address)).toBe('rate_limited');
    expect(compared).toBe(0);
  });

  it('a code opens an account again that strangers have closed', async () => {
    const phone = '+6281234567890';
    const user = await world.signUp('two-factor', { phone, email: 'two@example.com' });
    const here = from('203.0.113.5');
    const right = () => here.signIn.byPassword('two@example.com', 'her password');
    const known = await right();
    for (const address of attackers(101)) await guess(address, 'two@example.com');
    expect(await outcome(right())).toBe('rate_limited');
    const step = visitedBy(clientAt('203.0.113.5'), world.plainAuth).for('two-factor').secondStep;
    await step.begin(known);
    await step.finish(user.id, world.code(phone));
    expect(await outcome(right())).toBe('ok');
  });

  it('of many accounts from one address: after twenty of them, an hour of nothing', async () => {
    const [sprayer = ''] = attackers(1);
    for (let at = 0; at < 20; at++)
      expect(await guess(sprayer, `a${at}@example.com`)).toBe('credentials_wrong');
    expect(await guess(sprayer, 'a20@example.com')).toBe('rate_limited');
    expect(await guess(sprayer, EMAIL, 'her password')).toBe('rate_limited');
    expect(await comesIn()).toBe('ok');
    await world.clock.advance(HOUR_MS);
    expect(await guess(sprayer, EMAIL, 'her password')).toBe('ok');
  });

  it('of one address with many accounts: sixty wrong ones a minute', async () => {
    const [busy = ''] = attackers(1);
    for (let round = 0; round < 4; round++) {
      for (let at = 0; at < 15; at++) await guess(busy, `a${at}@example.com`);
    }
    expect(compared).toBe(60);
    compared = 0;
    expect(await guess(busy, 'a0@example.com')).toBe('rate_limited');
    expect(compared).toBe(0);
  });

  it('of one address: three hundred wrong ones an hour', async () => {
    const [busy = ''] = attackers(1);
    // Never more than sixty a minute, nor ten for one account in a quarter of an hour.
    for (let half = 0; half < 2; half++) {
      for (let at = 0; at < 150; at++) {
        if (at % 50 === 0) await world.clock.advance(MINUTE_MS);
        await guess(busy, `a${at % 15}@example.com`);
      }
      await world.clock.advance(15 * MINUTE_MS);
    }
    expect(compared).toBe(300);
    expect(await guess(busy, 'another@example.com')).toBe('rate_limited');
    expect(await guess(busy, EMAIL, 'her password')).toBe('rate_limited');
    expect(compared).toBe(300);
    expect(await comesIn()).toBe('ok');
    await world.clock.advance(25 * MINUTE_MS);
    expect(await guess(busy, EMAIL, 'her password')).toBe('ok');
  });

  it('many people behind one address who all know theirs are not held up', async () => {
    // Ten at a time, so that signing up is not what is limited.
    for (let at = 0; at < 40; at++) {
      await world.signUp('cookie', { email: `p${at}@example.com` });
      if (at % 10 === 9) await world.clock.advance(10 * MINUTE_MS);
    }
    for (let at = 0; at < 40; at++) {
      expect(await guess('203.0.113.9', `p${at}@example.com`, 'her password')).toBe('ok');
    }
  });

  it('costs one hash, whoever has the address: nobody, one account, several that claim it, one without a password', async () => {
    let hashes = 0;
    const noted =
      <A extends unknown[], R>(run: (...args: A) => R) =>
      (...args: A) => {
        hashes++;
        return run(...args);
      };
    const shared = createPasswords(
      { hash: noted(library.hash), verify: noted(library.verify) },
      { memoryCost: 64, timeCost: 1 },
    );
    world = createWorld(database, { passwords: shared });
    const claimed = { email: 'claimed@example.com', password: 'his password' };
    for (const phone of ['+6281234567891', '+6281234567892']) {
      await world.signUp('whatsapp', { phone, email: claimed.email }, { password: claimed.password });
    }
    await world.signUp('phone', { phone: '+6281234567893', email: 'none@example.com' });
    // The stand-in for a missing hash is made once.
    await guess('198.51.100.200', 'nobody@example.com');
    for (const [typed, cost] of [
      ['a guess', 1],
      ['Cafe\u0301', 2],
    ] as const) {
      for (const email of [EMAIL, claimed.email, 'none@example.com', 'nobody@example.com']) {
        hashes = 0;
        await guess('198.51.100.200', email, typed);
        expect([email, typed, hashes]).toEqual([email, typed, cost]);
      }
    }
  });
});
