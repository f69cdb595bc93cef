import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, type DatabaseSettings, openDatabase } from '../../database/connect.js';
import type { ChallengeKey } from '../../src/auth/codes/challenge-rows.js';
import { createTestClock } from '../support/clock.js';
import { DATABASES, newMigratedDatabase } from '../support/databases.js';
import {
  contactOf,
  count,
  createWorld,
  MINUTE_MS,
  otherThan,
  outcome,
  PHONE,
  type World,
  waitOf,
} from './world.js';

const RULES = { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs: 0 };
const DAY_S = 24 * 60 * 60;
const KEY: ChallengeKey = { contract: 'whatsapp', purpose: 'login', subject: 'user-1' };

describe.each(DATABASES)('wrong codes of an account on %s', (kind) => {
  let settings: DatabaseSettings;
  let database: Database;
  let world: World;

  beforeEach(async () => {
    settings = await newMigratedDatabase(kind);
    database = await openDatabase(settings);
    world = createWorld(database);
  });
  afterEach(() => database.close());

  const redeem = (code: string, key = KEY) => world.challenges.redeem(key, code, async () => {});
  const issue = (key = KEY) =>
    world.challenges.issue({ key, contact: contactOf(PHONE), rules: RULES, silent: false });
  const row = () => database.store.selectFrom('client_failures').selectAll().executeTakeFirst();

  /** One wrong code, with a new challenge where the old one is used up. */
  async function fail(key = KEY): Promise<void> {
    await world.later();
    await issue(key);
    expect(await outcome(redeem(otherThan(world.code(PHONE)), key))).toBe('code_invalid');
  }

  /** Seconds of the wait that is on, asked for with the right code. */
  async function wait(): Promise<number> {
    await database.store.deleteFrom('client_sends').execute();
    await issue();
    return Math.round(await waitOf(redeem(world.code(PHONE))));
  }

  it('five cost nothing, the sixth half a minute, the wait doubles up to an hour, and the thirtieth costs a day', async () => {
    for (let i = 0; i < 5; i++) await fail();
    const waits: number[] = [];
    for (let failure = 6; failure <= 30; failure++) {
      await fail();
      waits.push(await wait());
      await world.clock.advance((waits.at(-1) ?? 0) * 1_000);
    }
    const hours = Array.from({ length: 17 }, () => 3_600);
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1_920, ...hours, DAY_S]);
    await fail();
    expect(await wait()).toBe(DAY_S);
  });

  it('tries during a wait do not count, and are refused even when they are right', async () => {
    for (let i = 0; i < 6; i++) await fail();
    await database.store.deleteFrom('client_sends').execute();
    await issue();
    for (let i = 0; i < 5; i++) {
      expect(await outcome(redeem(world.code(PHONE)))).toBe('code_attempts_blocked');
      expect(await outcome(redeem(otherThan(world.code(PHONE))))).toBe('code_attempts_blocked');
    }
    expect(await row()).toMatchObject({ failures: 6 });
    await world.clock.advance(30_000);
    expect(await outcome(redeem(world.code(PHONE)))).toBe('ok');
    expect(await row()).toBeUndefined();
  });

  it('tries at the same moment cannot slip past a wait that one of them has caused', async () => {
    for (let i = 0; i < 5; i++) await fail();
    const keys = (['phone', 'whatsapp', 'cookie'] as const).map((contract) => ({ ...KEY, contract }));
    await database.store.deleteFrom('client_sends').execute();
    for (const key of keys) await issue(key);
    const outcomes = await Promise.all(keys.map((key) => outcome(redeem('nonsense', key))));
    expect(count(outcomes)).toEqual({ code_invalid: 1, code_attempts_blocked: 2 });
    expect(await row()).toMatchObject({ failures: 6 });
    const tries = await database.store.selectFrom('challenges').select('tries').execute();
    expect(tries.map((each) => each.tries).sort()).toEqual([0, 0, 1]);
  });

  it('they add up over challenges, contracts, purposes and a database that was reopened', async () => {
    await fail();
    await fail({ ...KEY, contract: 'phone' });
    await fail({ ...KEY, purpose: 'register' });
    await database.close();
    database = await openDatabase(settings);
    world = createWorld(database, { clock: createTestClock(world.clock.now()) });
    for (let i = 0; i < 3; i++) await fail();
    expect(await wait()).toBe(30);
  });

  it('a right code clears them', async () => {
    for (let i = 0; i < 5; i++) await fail();
    await issue();
    await redeem(world.code(PHONE));
    expect(await row()).toBeUndefined();
    for (let i = 0; i < 5; i++) await fail();
    await issue();
    expect(await outcome(redeem(world.code(PHONE)))).toBe('ok');
  });

  it('a code that nobody waits for is no failure, and one account’s failures are not another’s', async () => {
    for (let i = 0; i < 20; i++) await outcome(redeem('123456'));
    expect(await row()).toBeUndefined();
    for (let i = 0; i < 6; i++) await fail();
    const other = { ...KEY, subject: 'user-2' };
    await database.store.deleteFrom('client_sends').execute();
    await issue(other);
    expect(await outcome(redeem(world.code(PHONE), other))).toBe('ok');
  });
});
