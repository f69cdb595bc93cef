import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { createHousekeeping } from '../../src/auth/housekeeping.js';
import { cleanUpOpenIdLogins, STATE_LIFE_MS } from '../../src/auth/openid/openid.js';
import { silentLog } from '../../src/log.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import {
  contactOf,
  createWorld,
  EMAIL,
  MINUTE_MS,
  otherThan,
  outcome,
  PHONE,
  type World,
  waitOf,
} from './world.js';

const DAY_MS = 24 * 60 * MINUTE_MS;
const KEY = { contract: 'whatsapp', purpose: 'login', subject: 'user-1' } as const;

/** Something that holds for a time: a wait, or a life. */
interface Limit {
  ruleMs: number;
  begin(world: World): Promise<() => Promise<boolean>>;
}

function send(world: World, cooldownMs: number) {
  const rules = { length: 6, ttlMs: 5 * MINUTE_MS, cooldownMs };
  return world.challenges.issue({ key: KEY, contact: contactOf(PHONE), rules, silent: false });
}
const redeem = (world: World, code: string) => world.challenges.redeem(KEY, code, async () => {});

/** Refused, and told to come back within the rule. */
async function waits(work: Promise<unknown>, ruleMs: number): Promise<boolean> {
  const seconds = await work.then(
    () => 0,
    (error) => waitOf(Promise.reject(error)),
  );
  expect(seconds * 1000).toBeLessThanOrEqual(ruleMs);
  return seconds > 0;
}

async function fail(world: World): Promise<void> {
  await world.store.deleteFrom('client_sends').execute();
  await send(world, 0);
  await outcome(redeem(world, otherThan(world.code(PHONE))));
}

function blockAfter(failures: number, ruleMs: number): Limit {
  return {
    ruleMs,
    async begin(world) {
      await fail(world);
      // So many, all but the last one past their waits.
      await world.store
        .updateTable('client_failures')
        .set({ failures: failures - 1 })
        .execute();
      await fail(world);
      return async () => {
        await world.store.deleteFrom('client_sends').execute();
        await send(world, 0);
        return waits(redeem(world, world.code(PHONE)), ruleMs);
      };
    },
  };
}

const LIMITS: Record<string, Limit> = {
  'a minute between two codes': {
    ruleMs: MINUTE_MS,
    async begin(world) {
      await send(world, MINUTE_MS);
      return () => waits(send(world, MINUTE_MS), MINUTE_MS);
    },
  },
  'five codes in ten minutes': {
    ruleMs: 10 * MINUTE_MS,
    async begin(world) {
      for (let i = 0; i < 5; i++) await send(world, 0);
      return () => waits(send(world, 0), 10 * MINUTE_MS);
    },
  },
  'half a minute after six wrong codes': blockAfter(6, 30_000),
  'an hour after twenty': blockAfter(20, 60 * MINUTE_MS),
  'a day after thirty': blockAfter(30, DAY_MS),
  'the life of a code': {
    ruleMs: 5 * MINUTE_MS,
    async begin(world) {
      await send(world, 0);
      return async () => (await outcome(redeem(world, world.code(PHONE)))) === 'ok';
    },
  },
  'a second step that is waited for': {
    ruleMs: 5 * MINUTE_MS,
    async begin(world) {
      await send(world, 0);
      return () => world.challenges.isOpen(KEY);
    },
  },
  'a registration that waits for its code': {
    ruleMs: 60 * MINUTE_MS,
    async begin(world) {
      await world.start('cookie', { email: EMAIL });
      return async () => (await outcome(world.auth.for('cookie').signUp.resend(contactOf(EMAIL)))) === 'ok';
    },
  },
  'the last step of a registration': {
    ruleMs: 15 * MINUTE_MS,
    async begin(world) {
      const { id } = await world.start('two-factor', { email: EMAIL });
      await world.auth.for('two-factor').signUp.verify(id, world.code(EMAIL));
      return async () =>
        (await outcome(world.auth.for('two-factor').signUp.setPassword(id, 'nine tall pines'))) === 'ok';
    },
  },
};

describe.each(DATABASES)('the clock is set while something holds, on %s', (kind) => {
  let database: Database;
  let world: World;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    world = createWorld(database);
  });
  afterEach(() => database.close());

  async function cleanUp(): Promise<void> {
    const housekeeping = createHousekeeping({ ...world, ...world.auth, log: silentLog });
    housekeeping.start();
    await housekeeping.stop();
  }

  describe.each(Object.entries(LIMITS))('%s', (_name, { ruleMs, begin }) => {
    it('lasts no longer when a day is taken away', async () => {
      const holds = await begin(world);
      world.clock.step(-DAY_MS);
      await world.clock.advance(Math.min(ruleMs, DAY_MS / 2));
      expect(await holds()).toBe(false);
    });

    it('does not come back when the clock gets there again', async () => {
      const holds = await begin(world);
      world.clock.step(-DAY_MS);
      await cleanUp();
      await world.clock.advance(DAY_MS);
      expect(await holds()).toBe(false);
    });

    it('goes on when the clock is corrected by seconds, and ends', async () => {
      let holds = await begin(world);
      world.clock.step(-20_000);
      expect(await holds()).toBe(true);
      await database.close();
      database = await openTestDatabase(kind);
      world = createWorld(database);
      holds = await begin(world);
      world.clock.step(-20_000);
      await world.clock.advance(ruleMs + 20_000);
      expect(await holds()).toBe(false);
    });

    it('goes on after a day forward and back, and is over a day ahead', async () => {
      const holds = await begin(world);
      world.clock.step(DAY_MS);
      world.clock.step(-DAY_MS);
      expect(await holds()).toBe(true);
      await begin(world).catch(() => {});
      world.clock.step(DAY_MS);
      expect(await holds()).toBe(false);
    });
  });

  it('a token lives no more than twice its time, and a long one does not end by a day', async () => {
    const user = await world.signUp('phone', { phone: PHONE });
    const [long, short] = [await world.token('phone', user), await world.token('cookie', user)];
    const check = async (contract: 'phone' | 'cookie', token: string) =>
      (await world.auth.for(contract).tokens.check(token)).kind;
    world.clock.step(-DAY_MS);
    expect(await check('cookie', short)).toBe('invalid');
    expect(await check('phone', long)).toBe('valid');
    await world.clock.advance(8 * DAY_MS);
    expect(await check('phone', long)).toBe('invalid');
  });

  it('a token that was revoked stays so when the clock goes forward for a while and back', async () => {
    const user = await world.signUp('cookie', { email: EMAIL });
    const token = await world.token('cookie', user);
    await world.auth.for('cookie').tokens.revoke(token);
    world.clock.step(DAY_MS);
    await cleanUp();
    world.clock.step(-DAY_MS);
    expect((await world.auth.for('cookie').tokens.check(token)).kind).toBe('invalid');
  });

  it('a round trip to a provider is over, and forgotten', async () => {
    const { store, clock } = world;
    const row = { id: 'state', secrets: 'sealed', expires_at: clock.now() + STATE_LIFE_MS };
    await store.insertInto('openid_logins').values(row).execute();
    await cleanUpOpenIdLogins(store, clock.now() - 20_000);
    expect(await store.selectFrom('openid_logins').selectAll().execute()).toHaveLength(1);
    await cleanUpOpenIdLogins(store, clock.now() - DAY_MS);
    expect(await store.selectFrom('openid_logins').selectAll().execute()).toHaveLength(0);
  });
});
