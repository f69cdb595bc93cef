import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../database/connect.js';
import { rulesOf } from '../../src/limits/rules.js';
import { DATABASES, openTestDatabase } from '../support/databases.js';
import { clientAt, createWorld, EMAIL, otherThan, outcome, PHONE, visitedBy, type World } from './world.js';

const STRANGER = '198.51.100.1';
const HASH = 'a'.repeat(64);

describe.each(DATABASES)('what happened at an account, on %s', (kind) => {
  let database: Database;
  let world: World;
  beforeEach(async () => {
    database = await openTestDatabase(kind);
    world = createWorld(database, { rules: rulesOf({ eased: false, overrides: {} }) });
  });
  afterEach(() => database.close());

  const from = (address: string, cookie: string | null = null) =>
    visitedBy(clientAt(address, { cookie }), world.plainAuth);

  it('is its last ten sign-ins: when, with what, through which contract, from where', async () => {
    const { id } = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
    const door = from('192.0.2.9').for('whatsapp');
    await door.signIn.requestCode(PHONE);
    await door.complete(await door.signIn.byCode(PHONE, world.code(PHONE)));
    for (let n = 0; n < 11; n++) {
      await world.clock.advance(1_000);
      const cookieDoor = from(`192.0.2.${n}`).for('cookie');
      await cookieDoor.complete(await cookieDoor.signIn.byPassword(EMAIL, 'her password'));
    }
    const { signIns } = await world.plainAuth.history.of({ id, phone: PHONE, email: EMAIL });
    expect(signIns).toHaveLength(10);
    expect(signIns[0]).toEqual({
      at: world.clock.now(),
      contract: 'cookie',
      proof: 'password',
      address: '192.0.2.10',
    });
    const rows = await database.store.selectFrom('sign_ins').select('id').execute();
    expect(rows).toHaveLength(10);
    await world.plainAuth.users.remove(id);
    expect(await database.store.selectFrom('sign_ins').select('id').execute()).toEqual([]);
  });

  it('is what went wrong since, and who has to wait for it, until it goes right', async () => {
    const { id } = await world.signUp('whatsapp', { phone: PHONE, email: EMAIL });
    const failures = async () =>
      (await world.plainAuth.history.of({ id, phone: PHONE, email: EMAIL })).failures;
    expect(await failures()).toEqual({ passwords: 0, codes: 0, lastCodeAt: null, waits: [] });

    const stranger = from(STRANGER).for('cookie');
    for (let n = 0; n < 11; n++) await outcome(stranger.signIn.byPassword(EMAIL, 'a guess'));
    // Of another account, whose address begins the same.
    await outcome(from(STRANGER).for('cookie').signIn.byPassword(`${EMAIL}.pk`, 'a guess'));
    const now = world.clock.now();
    expect(await failures()).toMatchObject({
      passwords: 10,
      waits: [{ what: 'password', who: STRANGER, until: now + 15 * 60_000 }],
    });

    const door = from('192.0.2.9', HASH).for('whatsapp');
    await door.signIn.requestCode(PHONE);
    const code = world.code(PHONE);
    for (let n = 0; n < 6; n++) {
      await outcome(door.signIn.byCode(PHONE, otherThan(code)));
      if (n % 3 === 2) await world.later();
      if (n === 2) await door.signIn.requestCode(PHONE);
    }
    const { codes, lastCodeAt, waits } = await failures();
    expect([codes > 3, lastCodeAt !== null]).toEqual([true, true]);
    expect(JSON.stringify(waits)).not.toContain(HASH);
    await world.clock.advance(60 * 60_000);
    await door.signIn.requestCode(PHONE);
    expect(await outcome(door.signIn.byCode(PHONE, world.code(PHONE)))).toBe('ok');
    expect(await failures()).toEqual({ passwords: 0, codes: 0, lastCodeAt: null, waits: [] });
  });

  it('is also that strangers have used up its tries', async () => {
    const { id } = await world.signUp('cookie', { email: EMAIL });
    for (let n = 0; n < 100; n++) {
      await outcome(from(`198.51.100.${n}`).for('cookie').signIn.byPassword(EMAIL, 'a guess'));
    }
    const { failures } = await world.plainAuth.history.of({ id, phone: null, email: EMAIL });
    expect(failures.passwords).toBe(100);
    expect(failures.waits).toEqual([expect.objectContaining({ what: 'password', who: 'strangers' })]);
  });

  it('is forgotten when an operator lets somebody in again, and only hers', async () => {
    const six = { count: 6, periodMs: 24 * 60 * 60_000 };
    const overrides = {
      'account-passwords': { count: 12, periodMs: six.periodMs },
      ...{ 'stranger-tries-5': six, 'stranger-tries-6': six },
      ...{ 'client-tries-5': six, 'client-tries-6': six },
    };
    world = createWorld(database, { rules: rulesOf({ eased: false, overrides }) });
    const { history } = world.plainAuth;
    const hers = { phone: PHONE, email: EMAIL };
    const other = { id: 'other', phone: null, email: `${EMAIL}.pk` };
    const { id } = await world.signUp('whatsapp', hers);
    const password = (address: string, email: string, typed = 'a guess') =>
      outcome(from(address).for('cookie').signIn.byPassword(email, typed));
    const hasty = from('192.0.2.9', HASH).for('whatsapp');
    for (let n = 0; n < 6; n++) {
      if (n % 3 === 0) await hasty.signIn.requestCode(PHONE);
      await outcome(hasty.signIn.byCode(PHONE, otherThan(world.code(PHONE))));
      if (n % 3 === 2) await world.later();
    }
    for (let n = 0; n < 12; n++) await password(n < 10 ? STRANGER : '198.51.100.2', EMAIL);
    for (let n = 0; n < 10; n++) await password(STRANGER, other.email);
    const elsewhere = from('203.0.113.7').for('whatsapp');
    await elsewhere.signIn.requestCode(PHONE);
    const code = world.code(PHONE);
    const { passwords, codes, waits } = (await history.of({ id, ...hers })).failures;
    expect([passwords, codes]).toEqual([12, 6]);
    expect(waits.map(({ what, who }) => [what, who])).toEqual([
      ['password', STRANGER],
      ['password', 'strangers'],
      ['code', null],
      ['code', 'strangers'],
    ]);
    expect(await password('203.0.113.7', EMAIL, 'her password')).toBe('rate_limited');
    expect(await outcome(elsewhere.signIn.byCode(PHONE, code))).toBe('rate_limited');

    expect(await history.letIn({ id, ...hers })).toBe(true);
    const nothing = { passwords: 0, codes: 0, lastCodeAt: null, waits: [] };
    expect((await history.of({ id, ...hers })).failures).toEqual(nothing);
    expect(await history.letIn({ id, ...hers })).toBe(false);
    expect((await history.of(other)).failures).toMatchObject({ passwords: 10, waits: [{ who: STRANGER }] });
    for (const address of ['203.0.113.7', STRANGER]) {
      expect(await password(address, EMAIL, 'her password')).toBe('ok');
    }
    expect(await outcome(elsewhere.signIn.byCode(PHONE, code))).toBe('ok');
    await hasty.signIn.requestCode(PHONE);
    expect(await outcome(hasty.signIn.byCode(PHONE, world.code(PHONE)))).toBe('ok');
  });
});
