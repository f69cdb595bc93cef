import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHousekeeping, type Housekeeping } from '../../src/auth/housekeeping.js';
import { silentLog } from '../../src/log.js';
import { DATABASES } from '../support/databases.js';
import { database, useWorld, world } from './use-world.js';
import { contactOf, EMAIL, MINUTE_MS, outcome, PHONE } from './world.js';

const DAY_MS = 24 * 60 * MINUTE_MS;
const EXPIRING = [
  'challenges',
  'registrations',
  'client_sends',
  'client_failures',
  'revoked_tokens',
  'openid_logins',
] as const;

describe.each(DATABASES)('cleaning up after sign-ins on %s', (kind) => {
  useWorld(kind);
  let housekeeping: Housekeeping;

  beforeEach(() => {
    housekeeping = createHousekeeping({ ...world, log: silentLog, ...world.auth });
  });
  afterEach(() => housekeeping.stop());

  const cleanUp = async () => {
    housekeeping.start();
    await housekeeping.stop();
  };

  const rows = async () => {
    const counts: Record<string, number> = {};
    for (const table of EXPIRING) {
      counts[table] = (await database.store.selectFrom(table).selectAll().execute()).length;
    }
    return counts;
  };

  /** One row in every table of things that pass. */
  async function leaveTraces(): Promise<{ token: string; id: string }> {
    const { id } = await world.start('two-factor', { email: EMAIL });
    await outcome(verify(id, 'wrong'));
    await world.signUp('phone', { phone: PHONE });
    const [user] = await world.users();
    if (!user) throw new Error('no account');
    const token = await world.token('phone', user);
    await world.auth.for('phone').tokens.revoke(token);
    await database.store
      .insertInto('openid_logins')
      .values({ id: 'state', secrets: 'sealed', expires_at: world.clock.now() + 10 * MINUTE_MS })
      .execute();
    return { token, id };
  }

  const verify = (id: string, code: string) => world.auth.for('two-factor').signUp.verify(id, code);

  it('what is alive stays, and is good for what it was before', async () => {
    const { token, id } = await leaveTraces();
    const before = await rows();
    for (const table of EXPIRING) expect(before[table], table).toBeGreaterThan(0);
    await cleanUp();
    expect(await rows()).toEqual(before);
    expect(await outcome(verify(id, world.code(EMAIL)))).toBe('ok');
    expect((await world.auth.for('phone').tokens.check(token)).kind).toBe('invalid');
  });

  it('a code that has run out says so for a while', async () => {
    await world.start('cookie', { email: EMAIL });
    await world.clock.advance(11 * MINUTE_MS);
    await cleanUp();
    expect(await outcome(world.auth.for('cookie').signUp.finish(contactOf(EMAIL), world.code(EMAIL)))).toBe(
      'code_expired',
    );
  });

  it('failures are remembered for weeks, and everything is gone in the end', async () => {
    await leaveTraces();
    await world.clock.advance(8 * DAY_MS);
    await cleanUp();
    expect(await rows()).toMatchObject({
      client_failures: 1,
      challenges: 0,
      registrations: 0,
      openid_logins: 0,
    });
    await world.clock.advance(23 * DAY_MS);
    await cleanUp();
    expect(Object.values(await rows())).toEqual(EXPIRING.map(() => 0));
    expect(await world.users()).toHaveLength(1);
  });

  it('happens again and again', async () => {
    housekeeping.start();
    await leaveTraces();
    for (let day = 0; day < 32; day++) {
      await world.clock.advance(DAY_MS);
      await housekeeping.stop();
      housekeeping.start();
    }
    await housekeeping.stop();
    expect(Object.values(await rows())).toEqual(EXPIRING.map(() => 0));
  });
});
